"""The thumbhash in NumPy against the published algorithm, written out loop by loop."""

import base64
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from assets.imaging.thumbhash import thumbhash_of

Pixels = NDArray[np.uint8]


def published(rgba: Pixels) -> bytes:
    """`rgbaToThumbHash` of evanw.github.io/thumbhash, in plain floats."""
    height, width = rgba.shape[:2]
    flat = [[int(value) for value in pixel] for pixel in rgba.reshape(-1, 4)]
    average = [0.0, 0.0, 0.0]
    opaque = 0.0
    for pixel in flat:
        alpha = pixel[3] / 255
        average = [average[band] + alpha / 255 * pixel[band] for band in range(3)]
        opaque += alpha
    if opaque:
        average = [value / opaque for value in average]
    has_alpha = opaque < width * height
    limit = 5 if has_alpha else 7
    across = max(1, rounded(limit * width / max(width, height)))
    down = max(1, rounded(limit * height / max(width, height)))
    light, yellow, red, alphas = [], [], [], []
    for pixel in flat:
        alpha = pixel[3] / 255
        r, g, b = (average[band] * (1 - alpha) + alpha / 255 * pixel[band] for band in range(3))
        light.append((r + g + b) / 3)
        yellow.append((r + g) / 2 - b)
        red.append(r - g)
        alphas.append(alpha)

    l_dc, l_ac, l_scale = encoded(light, width, max(3, across), max(3, down))
    p_dc, p_ac, p_scale = encoded(yellow, width, 3, 3)
    q_dc, q_ac, q_scale = encoded(red, width, 3, 3)
    landscape = width > height
    first = rounded(63 * l_dc) | rounded(31.5 + 31.5 * p_dc) << 6 | rounded(31.5 + 31.5 * q_dc) << 12
    first |= rounded(31 * l_scale) << 18 | int(has_alpha) << 23
    second = (down if landscape else across) | rounded(63 * p_scale) << 3 | rounded(63 * q_scale) << 9
    second |= int(landscape) << 15
    result = [first & 255, first >> 8 & 255, first >> 16, second & 255, second >> 8]
    channels = [l_ac, p_ac, q_ac]
    if has_alpha:
        a_dc, a_ac, a_scale = encoded(alphas, width, 5, 5)
        result.append(rounded(15 * a_dc) | rounded(15 * a_scale) << 4)
        channels.append(a_ac)
    halves = [rounded(15 * value) for channel in channels for value in channel]
    halves += [0] * (len(halves) % 2)
    result += [low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True)]
    return bytes(result)


def encoded(channel: list[float], width: int, nx: int, ny: int) -> tuple[float, list[float], float]:
    """One channel as its constant term, its varying terms and their scale."""
    height = len(channel) // width
    constant, varying, scale = 0.0, [], 0.0
    for cy in range(ny):
        cx = 0
        while cx * ny < nx * (ny - cy):
            f = 0.0
            fx = [math.cos(math.pi / width * cx * (x + 0.5)) for x in range(width)]
            for y in range(height):
                fy = math.cos(math.pi / height * cy * (y + 0.5))
                for x in range(width):
                    f += channel[x + y * width] * fx[x] * fy
            f /= width * height
            if cx > 0 or cy > 0:
                varying.append(f)
                scale = max(scale, abs(f))
            else:
                constant = f
            cx += 1
    if scale:
        varying = [0.5 + 0.5 / scale * value for value in varying]
    return constant, varying, scale


def rounded(value: float) -> int:
    return math.floor(value + 0.5)


def pixels(width: int, height: int, *, is_opaque: bool) -> Pixels:
    random = np.random.default_rng(width * 1000 + height)
    made = random.integers(0, 256, (height, width, 4)).astype(np.uint8)
    # Uneven light, for noise alone has no varying terms worth a hash.
    made[..., :3] = made[..., :3] // 4 + (np.arange(width) * 150 // width)[None, :, None].astype(np.uint8)
    if is_opaque:
        made[..., 3] = 255
    return made


@pytest.mark.parametrize("is_opaque", [True, False])
@pytest.mark.parametrize(("width", "height"), [(32, 32), (32, 18), (18, 32), (7, 30), (32, 1), (1, 32), (2, 2), (1, 1)])
def test_equals_the_published_algorithm(width: int, height: int, is_opaque: bool) -> None:
    made = pixels(width, height, is_opaque=is_opaque)
    assert thumbhash_of(made) == published(made)


def test_equals_values_of_another_implementation() -> None:
    """Made with fast-thumbhash 1.0.0, the Rust implementation, of the gradients below."""
    assert base64.b64encode(thumbhash_of(gradient(32, 32))).decode() == "4AcKPxpwh3dwiId4dneFeJiHFwl5gI8H"
    assert base64.b64encode(thumbhash_of(gradient(32, 18))).decode() == "4PcJPJxwdndQhodnioaAwAn4iA=="
    assert base64.b64encode(thumbhash_of(gradient(100, 75))).decode() == "3wcKNZqAh3dwd3d4eHh3eHCAB/h3"


def gradient(width: int, height: int) -> Pixels:
    y, x = np.mgrid[0:height, 0:width]
    bands = [x * 255 // (width - 1), y * 255 // (height - 1), (x * 7 + y * 13) % 256, np.full_like(x, 255)]
    return np.stack(bands, axis=2).astype(np.uint8)


def test_nothing_visible_has_a_hash_too() -> None:
    assert thumbhash_of(np.zeros((8, 8, 4), np.uint8)) == published(np.zeros((8, 8, 4), np.uint8))


def test_a_picture_of_more_than_100_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="101x4"):
        thumbhash_of(np.zeros((4, 101, 4), np.uint8))
