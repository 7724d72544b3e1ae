"""What sim sees in a picture it was sent: where water mirrors the land, and which of its palettes comes nearest."""

import itertools

import numpy as np
from PIL import Image, ImageFilter

from providers.sim.colours import mean_of
from providers.sim.landscape import Floats
from providers.sim.palettes import PALETTES, Palette
from providers.sim.scenes import painted

_COLUMNS, _ROWS = 64, 96
_HIGHEST, _LOWEST, _REACH = 40, 76, 24
# Above this the two halves resemble each other no more than any two.
_MIRRORED_ENOUGH = 0.35
_SMALL = (64, 48)
_LIKENESS_SIDE = 96
_DISTANCE_WEIGHT = 0.05


def find_horizon(image: Image.Image) -> float | None:
    """The line that the lower part mirrors the upper part in, as a share of the height; None where nothing does."""
    grey = np.asarray(image.convert("L").resize((_COLUMNS, _ROWS), Image.Resampling.BOX), np.float32)
    unlikeness, row = min((_unlikeness(grey, row), row) for row in range(_HIGHEST, _LOWEST))
    return row / _ROWS if unlikeness < _MIRRORED_ENOUGH else None


def palettes_by_nearness(image: Image.Image) -> list[Palette]:
    """Every palette, the one whose scenes have colours most like the picture's first."""
    colour = mean_of(image)
    distances = [
        (float(np.abs(mean_of(painted("", 1, _SMALL, palette=palette)) - colour).sum()), number, palette)
        for number, palette in enumerate(PALETTES.values())
    ]
    return [palette for _, _, palette in sorted(distances, key=lambda entry: entry[:2])]


def find_likeness(image: Image.Image, part: Image.Image) -> tuple[int, int] | None:
    """How far right and down, in pixels, another place of the picture is moved to continue what surrounds the part.

    None where the part leaves no other place.
    """
    share = min(1.0, _LIKENESS_SIDE / max(image.size))
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    pixels = np.asarray(image.resize(size, Image.Resampling.BOX), np.int32)
    small = part.resize(size, Image.Resampling.BOX).point([0, *[255] * 255])
    inside = np.asarray(small) > 0
    rows, columns = np.nonzero(np.asarray(small.filter(ImageFilter.MaxFilter(5))) > 0)
    around = ~inside[rows, columns]
    seen = pixels[rows[around], columns[around]]
    best, least = None, np.inf
    for down, right in itertools.product(range(-(size[1] // 8), size[1] // 8 + 1), range(-size[0], size[0] + 1, 2)):
        y, x = rows - down, columns - right
        if y.min() < 0 or x.min() < 0 or y.max() >= size[1] or x.max() >= size[0] or inside[y, x].any():
            continue
        unlike = float(((seen - pixels[y[around], x[around]]) ** 2).sum()) / max(1, len(seen))
        # The nearest of two that fit equally.
        unlike += _DISTANCE_WEIGHT * (abs(right) + 4 * abs(down))
        if unlike < least:
            best, least = (round(right / share), round(down / share)), unlike
    return best


def _unlikeness(grey: Floats, row: int) -> float:
    reach = min(_REACH, _ROWS - row)
    above, below = grey[row - reach : row][::-1], grey[row : row + reach]
    above, below = above - above.mean(), below - below.mean()
    both = float(np.sqrt((above * above).sum() * (below * below).sum()))
    return 1 - float((above * below).sum()) / (both + 1e-3)
