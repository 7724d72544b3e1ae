"""Holes in a picture filled smoothly from what surrounds them, coarse to fine."""

import numpy as np
from PIL import Image

from providers.sim.landscape import Floats


def filled(values: Floats, known: Floats) -> Floats:
    """`values` (height, width, bands) where `known` (height, width, 0 to 1) is 1, and continued from there elsewhere.

    Each level averages the known values of four pixels into one; where none of them is known the coarser level says.
    """
    height, width = known.shape
    if known.min() >= 1 or (height == 1 and width == 1):
        return values
    rows, columns = (height + 1) // 2, (width + 1) // 2
    weights = np.zeros((rows * 2, columns * 2), np.float32)
    weights[:height, :width] = known
    weighted = np.zeros((rows * 2, columns * 2, values.shape[2]), np.float32)
    weighted[:height, :width] = values * known[..., None]
    sums = weights.reshape(rows, 2, columns, 2).sum(axis=(1, 3))
    means = weighted.reshape(rows, 2, columns, 2, -1).sum(axis=(1, 3)) / sums.clip(1e-6)[..., None]
    coarse = filled(means, sums.clip(0, 1))
    fine = enlarged(coarse, (columns * 2, rows * 2))[:height, :width]
    result: Floats = values * known[..., None] + fine * (1 - known[..., None])
    return result


def enlarged(values: Floats, size: tuple[int, int]) -> Floats:
    """Values of any range as a field of `size` (width, height), smooth in between."""
    bands = [
        np.asarray(Image.fromarray(np.ascontiguousarray(values[..., band])).resize(size, Image.Resampling.BICUBIC))
        for band in range(values.shape[2])
    ]
    field: Floats = np.stack(bands, axis=-1)
    return field
