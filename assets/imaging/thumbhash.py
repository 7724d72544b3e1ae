"""ThumbHash, the 25-byte preview (algorithm of evanw.github.io/thumbhash, read 2026-11-22), in NumPy."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Larger pictures are refused by the algorithm's other implementations and gain nothing.
LARGEST_SIDE = 100


def thumbhash_of(rgba: NDArray[np.uint8]) -> bytes:
    """The hash of an RGBA picture given as height × width × 4 bytes, neither side above 100."""
    height, width = rgba.shape[:2]
    if max(height, width) > LARGEST_SIDE:
        raise ValueError(f"{width}x{height} is too large for a thumbhash")
    alpha = rgba[..., 3] / 255.0
    opaque_pixels = float(alpha.sum())
    has_alpha = opaque_pixels < width * height
    colour = rgba[..., :3] / 255.0 * alpha[..., None]
    average = colour.sum(axis=(0, 1)) / opaque_pixels if opaque_pixels else np.zeros(3)
    red, green, blue = np.moveaxis(colour + average * (1 - alpha[..., None]), 2, 0)

    finest = 5 if has_alpha else 7
    across = max(1, _rounded(finest * width / max(width, height)))
    down = max(1, _rounded(finest * height / max(width, height)))
    lightness = _encoded((red + green + blue) / 3, max(3, across), max(3, down))
    yellow_blue = _encoded((red + green) / 2 - blue, 3, 3)
    red_green = _encoded(red - green, 3, 3)
    opacity = _encoded(alpha, 5, 5) if has_alpha else None

    is_landscape = width > height
    first = (
        _rounded(63 * lightness[0])
        | _rounded(31.5 + 31.5 * yellow_blue[0]) << 6
        | _rounded(31.5 + 31.5 * red_green[0]) << 12
        | _rounded(31 * lightness[1]) << 18
        | has_alpha << 23
    )
    second = (
        (down if is_landscape else across)
        | _rounded(63 * yellow_blue[1]) << 3
        | _rounded(63 * red_green[1]) << 9
        | is_landscape << 15
    )
    head: bytes = first.to_bytes(3, "little") + second.to_bytes(2, "little")
    channels = [lightness, yellow_blue, red_green]
    if opacity is not None:
        head += bytes([_rounded(15 * opacity[0]) | _rounded(15 * opacity[1]) << 4])
        channels.append(opacity)
    return head + _packed([_rounded(15 * value) for _, _, varying in channels for value in varying])


def _encoded(channel: Floats, across: int, down: int) -> tuple[float, float, list[float]]:
    """The constant term, the scale of the varying terms, and those terms within 0..1."""
    height, width = channel.shape
    # By einsum and not by `@`: BLAS would first set up buffers larger than this whole task.
    rows = np.einsum("fy,yx->fx", _cosines(down, height), channel)
    waves = np.einsum("fx,gx->fg", rows, _cosines(across, width)) / (width * height)
    # Only the low frequencies: the triangle above the other diagonal.
    kept = [float(waves[y, x]) for y in range(down) for x in range(across) if x * down < across * (down - y)]
    constant, varying = kept[0], kept[1:]
    scale = max(map(abs, varying))
    return constant, scale, [0.5 + 0.5 / scale * value for value in varying] if scale else varying


def _cosines(terms: int, length: int) -> Any:
    return np.cos(math.pi / length * np.outer(np.arange(terms), np.arange(length) + 0.5))


def _rounded(value: float) -> int:
    # The published code rounds halves up, Python to even.
    return math.floor(value + 0.5)


def _packed(nibbles: list[int]) -> bytes:
    padded = [*nibbles, 0][: len(nibbles) + len(nibbles) % 2]
    return bytes(low | high << 4 for low, high in zip(padded[::2], padded[1::2], strict=True))
