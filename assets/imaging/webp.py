"""Pictures as WebP, of up to 68 megapixels within a gibibyte. Runs in a bounded child only."""

import io

import numpy as np
from PIL import Image

from assets.imaging.alpha_chunk import alpha_chunk
from assets.imaging.bounds import LARGE_PIXELS
from assets.imaging.shaping import shaped

# Method 4 takes 1.7 times the CPU for 3-5 % fewer bytes, and far more on very large pictures.
METHOD = 2
# How much smaller the picture is from which colours spread under what is transparent.
_SPREAD = 8


def webp_of(image: Image.Image, quality: int, *, size: tuple[int, int] | None = None) -> memoryview:
    """The picture as lossy WebP, cut and scaled to `size` where it has another one. Takes RGB or RGBA."""
    width, height = size = size or image.size
    if image.mode == "RGBA" and width * height > LARGE_PIXELS:
        return _in_two_parts(image, size, quality)
    return _encoded(image if image.size == size else shaped(image, size), quality)


def _in_two_parts(image: Image.Image, size: tuple[int, int], quality: int) -> memoryview:
    # One after the other, so that neither waits in memory for the other as pixels.
    colours = _encoded(shaped(_opaque(image), size), quality)[12:]
    levels = alpha_chunk(np.asarray(shaped(image.getchannel("A"), size)))
    about = b"\x10\0\0\0" + b"".join((side - 1).to_bytes(3, "little") for side in size)
    written = io.BytesIO()
    written.write(b"RIFF\0\0\0\0WEBP")
    for name, content in ((b"VP8X", about), (b"ALPH", levels)):
        written.write(name + len(content).to_bytes(4, "little"))
        written.write(content)
        written.write(bytes(len(content) % 2))
    written.write(colours)
    whole = written.getbuffer()
    whole[4:8] = (len(whole) - 8).to_bytes(4, "little")
    return whole


def _opaque(image: Image.Image) -> Image.Image:
    """The colours alone, spread under what is transparent: what lies there would show at soft edges."""
    small = max(1, image.width // _SPREAD), max(1, image.height // _SPREAD)
    # In both directions weighted by how opaque each pixel is.
    ground = image.resize(small, Image.Resampling.BOX).convert("RGB").resize(image.size, Image.Resampling.BILINEAR)
    ground.paste(image.convert("RGB"), mask=image.getchannel("A").point(lambda level: 255 if level else 0))
    return ground


def _encoded(image: Image.Image, quality: int) -> memoryview:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=quality, method=METHOD)
    return written.getbuffer()
