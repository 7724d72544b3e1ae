// A picture's placeholder from its thumbhash: some twenty bytes that hold the lowest frequencies of its luminance (l),
// of its two colour differences (p, q) and, where there is one, of its alpha channel (a).
"use strict";

const thumbhash = (() => {
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

  function headerOf(bytes) {
    const colour = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
    const shape = bytes[3] | (bytes[4] << 8);
    const hasAlpha = colour >> 23 === 1;
    const isLandscape = shape >> 15 === 1;
    const longSide = hasAlpha ? 5 : 7;
    const shortSide = shape & 7;
    return {
      hasAlpha,
      columns: isLandscape ? longSide : shortSide,
      rows: isLandscape ? shortSide : longSide,
      mean: {
        l: (colour & 63) / 63,
        p: ((colour >> 6) & 63) / 31.5 - 1,
        q: ((colour >> 12) & 63) / 31.5 - 1,
        a: hasAlpha ? (bytes[5] & 15) / 15 : 1,
      },
      scale: {
        l: ((colour >> 18) & 31) / 31,
        p: (((shape >> 3) & 63) / 63) * 1.25,
        q: (((shape >> 9) & 63) / 63) * 1.25,
        a: hasAlpha ? (bytes[5] >> 4) / 15 : 0,
      },
    };
  }

  // The frequencies of one channel: a triangle of columns and rows, without the mean.
  function* frequencies(columns, rows) {
    for (let row = 0; row < rows; row++) {
      for (let column = row ? 0 : 1; column * rows < columns * (rows - row); column++) yield [column, row];
    }
  }

  function channelsOf(bytes, header) {
    let nibble = (header.hasAlpha ? 6 : 5) * 2;
    const next = () => {
      const value = (bytes[nibble >> 1] >> ((nibble & 1) * 4)) & 15;
      nibble += 1;
      return value / 7.5 - 1;
    };
    const channel = (columns, rows, scale) =>
      Array.from(frequencies(columns, rows), ([column, row]) => [column, row, next() * scale]);
    const { scale } = header;
    return {
      l: channel(Math.max(3, header.columns), Math.max(3, header.rows), scale.l),
      p: channel(3, 3, scale.p),
      q: channel(3, 3, scale.q),
      a: header.hasAlpha ? channel(5, 5, scale.a) : [],
    };
  }

  function waveAt(x, y, width, height) {
    return ([column, row, weight]) =>
      2 *
      weight *
      Math.cos((Math.PI / width) * (x + 0.5) * column) *
      Math.cos((Math.PI / height) * (y + 0.5) * row);
  }

  function pixel(header, channels, wave) {
    const value = (name) => channels[name].reduce((sum, term) => sum + wave(term), header.mean[name]);
    const l = value("l");
    const p = value("p");
    const q = value("q");
    const blue = l - (2 / 3) * p;
    const red = (3 * l - blue + q) / 2;
    return [red, red - q, blue, value("a")].map((part) => 255 * Math.min(1, Math.max(0, part)));
  }

  // Draws the placeholder of `base64` into `canvas`, 32 pixels on its longer side.
  function draw(base64, canvas) {
    const bytes = bytesOf(base64);
    const header = headerOf(bytes);
    const channels = channelsOf(bytes, header);
    const ratio = header.columns / header.rows;
    canvas.width = Math.round(ratio > 1 ? 32 : 32 * ratio);
    canvas.height = Math.round(ratio > 1 ? 32 / ratio : 32);
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    for (let y = 0, at = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++, at += 4) {
        image.data.set(pixel(header, channels, waveAt(x, y, canvas.width, canvas.height)), at);
      }
    }
    context.putImageData(image, 0, 0);
  }

  return { draw };
})();
