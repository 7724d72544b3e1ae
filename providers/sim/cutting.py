"""What is in front cut out of what is behind it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

from providers.sim.filling import enlarged
from providers.sim.landscape import Floats
from providers.sim.paintings import Painting

Flags = NDArray[np.bool_]

# The longer side of the picture in which front and back are told apart, and of the one in which the edge is found.
_COARSE_SIDE, _FINE_SIDE = 192, 640
# How much neighbours may differ (0-255, all bands together) and still be one surface.
_TOLERANCES = (6.0, 9.0, 13.0, 18.0, 25.0, 35.0)
_LEAST_SHARE, _MOST_SHARE = 0.04, 0.96
# What is in front reaches the lower border more often than the upper one.
_SIDES_FROM_TOP = 0.4
# Spots of less than about this share of the picture's side (a sun, a bird) go with what is behind them.
_SPOT = 0.055
_EDGE_REACH, _EDGE_SMOOTHNESS, _EDGE_CONTRAST = 3, 30.0, 2.6


def cut_out(painting: Painting) -> Image.Image:
    """remove-background: the picture, transparent where the surfaces lie that reach in from above and beside."""
    image = painting.image
    front = _front_of(image)
    alpha = _refined(image, front)
    if painting.alpha is not None:
        alpha = ImageChops.multiply(alpha, painting.alpha)
    image.putalpha(alpha)
    return image


def _front_of(image: Image.Image) -> Floats:
    """1 where something is in front, in a small picture; an oval in the middle where nothing can be told apart."""
    small = image.resize(_within(image.size, _COARSE_SIDE), Image.Resampling.BOX).filter(ImageFilter.MedianFilter(5))
    steps = _steps_in(np.asarray(small, np.float32))
    fronts = [_without_spots(~_reached(_borders(steps.shape), steps < tolerance)) for tolerance in _TOLERANCES]
    shares = [float(front.mean()) for front in fronts]
    # What is really in front stays so when a little more, or less, is taken for one surface.
    before, after = [shares[1], *shares[:-1]], [*shares[1:], shares[-2]]
    unsteadiness = [abs(share - one) + abs(share - two) for share, one, two in zip(shares, before, after, strict=True)]
    for _, number in sorted(zip(unsteadiness, range(len(fronts)), strict=True)):
        if _LEAST_SHARE < shares[number] < _MOST_SHARE:
            return fronts[number].astype(np.float32)
    return _oval(steps.shape)


def _refined(image: Image.Image, front: Floats) -> Image.Image:
    """The coarse cut drawn along the picture's own edges (a guided filter, worked out small and applied large)."""
    size = _within(image.size, _FINE_SIDE)
    guide = _telling_apart(image, front)
    small = np.asarray(guide.resize(size, Image.Resampling.BOX), np.float32)
    cut = enlarged(front[..., None], size)[..., 0].clip(0, 1).astype(np.float32)
    mean, mean_cut = _averaged(small), _averaged(cut)
    spread = _averaged(small * small) - mean * mean
    slope = ((_averaged(small * cut) - mean * mean_cut) / (spread + _EDGE_SMOOTHNESS)).astype(np.float32)
    offset: Floats = mean_cut - slope * mean
    lines = enlarged(np.stack([_averaged(slope), _averaged(offset)], axis=-1), image.size)
    alpha = lines[..., 0] * np.asarray(guide, np.float32) + lines[..., 1]
    return Image.fromarray((((alpha - 0.5) * _EDGE_CONTRAST + 0.5) * 255).clip(0, 255).astype(np.uint8))


def _telling_apart(image: Image.Image, front: Floats) -> Image.Image:
    """The grey picture in which front and back differ the most."""
    pixels = np.asarray(image.resize(front.shape[::-1], Image.Resampling.BOX), np.float32)
    whole = front > 0.5
    weights = pixels[whole].mean(axis=0) - pixels[~whole].mean(axis=0)
    weights = weights / max(float(np.abs(weights).sum()), 1e-3)
    shift = 255 * float(-weights[weights < 0].sum())
    return image.convert("L", (*(float(weight) for weight in weights), shift))


def _steps_in(pixels: Floats) -> Floats:
    """How far each pixel is from its neighbours."""
    steps = np.zeros(pixels.shape[:2], np.float32)
    down = np.abs(np.diff(pixels, axis=0)).sum(axis=2)
    across = np.abs(np.diff(pixels, axis=1)).sum(axis=2)
    for part, step in ((np.s_[1:], down), (np.s_[:-1], down), (np.s_[:, 1:], across), (np.s_[:, :-1], across)):
        steps[part] = np.maximum(steps[part], step)
    return steps


def _borders(shape: tuple[int, ...]) -> Flags:
    borders = np.zeros(shape, bool)
    borders[0] = True
    borders[: max(1, int(shape[0] * _SIDES_FROM_TOP)), [0, -1]] = True
    return borders


def _reached(start: Flags, passable: Flags) -> Flags:
    reached = start & passable
    while True:
        further = _grown(reached) & passable
        if (further == reached).all():
            return reached
        reached = further


def _grown(flags: Flags) -> Flags:
    grown = flags.copy()
    grown[1:] |= flags[:-1]
    grown[:-1] |= flags[1:]
    grown[:, 1:] |= flags[:, :-1]
    grown[:, :-1] |= flags[:, 1:]
    return grown


def _without_spots(front: Flags) -> Flags:
    radius = max(1, round(max(front.shape) * _SPOT))
    blurred = Image.fromarray(front.astype(np.uint8) * 255).filter(ImageFilter.BoxBlur(radius))
    # Strands thinner than this are edges of what is behind, not in front.
    solid = ~_grown(_grown(~front))
    return _reached(np.asarray(blurred) > 150, _grown(_grown(solid)) & front)


def _oval(shape: tuple[int, ...]) -> Floats:
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    oval: Floats = ((0.85 - np.hypot(x[None, :], y[:, None])) / 0.3 + 0.5).clip(0, 1)
    return oval


def _averaged(values: Floats) -> Floats:
    """Each value's mean with its neighbours."""
    reach = _EDGE_REACH
    padded = np.pad(values, reach + 1, mode="edge").astype(np.float64)
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    window = 2 * reach + 1
    total = sums[window:, window:] - sums[:-window, window:] - sums[window:, :-window] + sums[:-window, :-window]
    result: Floats = (total[: values.shape[0], : values.shape[1]] / window**2).astype(np.float32)
    return result


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    share = min(1.0, side / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))
