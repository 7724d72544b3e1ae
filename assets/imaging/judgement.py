"""Is this a picture at all, or what a failing provider sends instead of one? Runs in a bounded child only."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# A channel that varies less than this over the whole thumbnail shows nothing.
BLANK_RANGE = 3
SAMPLE_SIDE = 160
PLACEHOLDER_SHARE = 0.92
PLACEHOLDER_COLOURS = 4
# Colours below this share are the soft edges of letters.
NOTABLE_SHARE = 0.004
# Line art stands on white or black; the grey cards of vendors stand between, and a card in colour was wanted.
DARKEST_CARD = 24
LIGHTEST_CARD = 246
GREY_RANGE = 64


def is_blank(thumbnail: Image.Image) -> bool:
    """One colour everywhere, or nothing but transparency. Takes RGB or RGBA."""
    # Pillow's own extremes take a twentieth of the time of NumPy's over interleaved channels.
    ranges = cast(tuple[tuple[int, int], ...], thumbnail.getextrema())
    if thumbnail.mode == "RGBA" and ranges[3][1] <= BLANK_RANGE:
        return True
    return all(highest - lowest <= BLANK_RANGE for lowest, highest in ranges)


def is_placeholder(image: Image.Image) -> bool:
    """A card: nearly all of it one middling colour, and only a few others."""
    # Sampled, not scaled: scaling would mix new colours.
    sample = np.asarray(image.resize((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.NEAREST))
    if sample.shape[2] == 4 and sample[..., 3].min() < 255:
        return False
    flat = sample[..., :3].reshape(-1, 3)
    shares = np.bincount(colour_bins(flat), minlength=4096) / len(flat)
    if shares.max() < PLACEHOLDER_SHARE or int((shares >= NOTABLE_SHARE).sum()) > PLACEHOLDER_COLOURS:
        return False
    card = flat[colour_bins(flat) == shares.argmax()].mean(axis=0)
    return bool(DARKEST_CARD < card.mean() < LIGHTEST_CARD and card.max() - card.min() < GREY_RANGE)


def dominant_color(rgba: NDArray[np.uint8]) -> str:
    """The mean of the most common group of similar colours, as #rrggbb; transparent pixels do not count."""
    flat = rgba.reshape(-1, 4)
    # At least half as opaque as the most opaque one: a small product is hardly there in so few pixels.
    colours = flat[flat[:, 3] >= (int(flat[:, 3].max()) + 1) // 2][:, :3]
    bins = colour_bins(colours)
    red, green, blue = colours[bins == np.bincount(bins).argmax()].mean(axis=0).round().astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


def colour_bins(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Four bits a channel: 4,096 groups of similar colours."""
    bins: NDArray[np.int64] = (colours >> 4).astype(np.int64) @ np.array([256, 16, 1])
    return bins
