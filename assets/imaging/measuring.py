"""How good a picture is, in parts of 0 to 1, measured on a small copy of it. Runs in a bounded child only.

docs/quality.md has what each part means and the pictures the constants were set by.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

# What varies by no more than this over the thumbnail shows nothing; what varies by so much more is a picture.
NOTHING = 3
SOMETHING = 8
# Sharpness is judged on the halves of a copy of at most this side.
MEASURED_SIDE = 160
# Smaller ones are too coarse to tell soft from sharp.
SHARP_SIDE = 48
# What rounding to whole levels adds to a curvature, by copy.
_NOISE = np.array([2.0, 1.0, 0.5, 0.25])
# The strongest curvature of one copy over that of its half: a quarter where everything is smooth, about one where
# there are edges.
_SMOOTH, _SHARP = 0.28, 0.55
# Weaker ones are those of fog and faint gradients.
_LEAST_CURVATURE = 12.0
# A blurred picture still has structure of the size of its blur; a gradient that was meant has not, or little of it.
_STRUCTURE_NEAR, _STRUCTURE_FAR = 0.335, 0.42
_LEAST_PEAKS = 8


def parts_of(
    thumbnail: Image.Image, grey: Image.Image, drawn: tuple[int, int], arguments: dict[str, Any]
) -> dict[str, float]:
    """The parts that can be judged of this picture, by name; 1 is best. Takes the thumbnail in RGB or RGBA.

    `grey`: its `lightness`. `drawn`: the size of the picture itself.
    """
    parts = {"size": size_part(drawn, arguments["expected"]), "uniformity": uniformity_part(thumbnail)}
    if arguments["transparent"]:
        # One without any transparency was refused before.
        parts["alpha"] = 1.0
    if not arguments["may_be_flat"]:
        parts["placeholder"] = 1.0
    if arguments["judge_blur"] and min(thumbnail.size) >= SHARP_SIDE:
        parts["blur"] = blur_part(grey)
    return {name: round(part, 3) for name, part in parts.items()}


def size_part(drawn: tuple[int, int], expected: tuple[int, int] | None) -> float:
    """How much of each side that was asked for is really there, at the worse of both."""
    if expected is None:
        return 1.0
    return min(1.0, drawn[0] / expected[0], drawn[1] / expected[1])


def uniformity_part(thumbnail: Image.Image) -> float:
    """0 for a single colour, 1 for anything that shows something, however little of it."""
    # Pillow's own extremes take a twentieth of the time of NumPy's over interleaved channels.
    ranges = cast(tuple[tuple[int, int], ...], thumbnail.getextrema())
    widest = max(highest - lowest for lowest, highest in ranges)
    return min(1.0, max(0.0, (widest - NOTHING) / SOMETHING))


def lightness(thumbnail: Image.Image) -> Image.Image:
    """A grey copy of at most `MEASURED_SIDE` pixels a side; what is transparent lies on grey."""
    small = thumbnail.reduce(2) if max(thumbnail.size) > MEASURED_SIDE else thumbnail
    if small.mode != "RGBA":
        return small.convert("L")
    ground = Image.new("RGB", small.size, (128, 128, 128))
    ground.paste(small, mask=small.getchannel("A"))
    return ground.convert("L")


def blur_part(grey: Image.Image) -> float:
    """1 where anything in the picture is sharp, near 0 where nothing is though there is much to see.

    A blurred picture is smooth up to the size of its blur, and full of structure at that size. One that is smooth at
    every size is a gradient, and one without contrast is fog: both may have been wanted.
    """
    peak, middle = _curvatures(np.asarray(grey, np.float32))
    smooth = peak[0] / peak[1]
    if smooth >= _SHARP or peak[1] < _LEAST_CURVATURE:
        return 1.0
    has_structure = peak[1] >= _STRUCTURE_NEAR * peak[2] or peak[2] >= _STRUCTURE_FAR * peak[3]
    if not has_structure or _peaks(middle) < _LEAST_PEAKS:
        return 1.0
    return float(min(1.0, max(0.0, (smooth - _SMOOTH) / (_SHARP - _SMOOTH))))


def _curvatures(grey: Floats) -> tuple[NDArray[np.float64], Floats]:
    """The strongest curvature of each half of the copy before, above what rounding makes; and all of the second's."""
    level, found = grey, []
    for _ in _NOISE:
        level = _halved(level)
        found.append(np.abs(_laplacian(level)))
    strongest = np.array([curved.max(initial=0.0) for curved in found])
    return np.maximum(strongest - _NOISE, 0.01), found[1]


def _laplacian(level: Floats) -> Floats:
    inner: Floats = level[1:-1, 1:-1] * 4 - level[:-2, 1:-1] - level[2:, 1:-1] - level[1:-1, :-2] - level[1:-1, 2:]
    return inner


def _halved(level: Floats) -> Floats:
    rows, columns = level.shape[0] // 2 * 2, level.shape[1] // 2 * 2
    even = level[:rows, :columns]
    mean: Floats = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) * np.float32(0.25)
    return mean


def _peaks(curved: Floats) -> int:
    """In how many places the curvature is stronger than all around: one for a glow, many for a picture."""
    inner = curved[1:-1, 1:-1]
    rows, columns = inner.shape
    is_peak = inner > 0.2 * curved.max()
    for down in range(3):
        for right in range(3):
            if (down, right) != (1, 1):
                is_peak &= inner > curved[down : down + rows, right : right + columns]
    return int(is_peak.sum())
