"""Colours of one picture moved to those of another."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Statistics of a picture this small are those of the whole.
_SAMPLE_SIDE = 96
# Added to every variance: a picture of one colour has no spread to be stretched.
_LEAST_VARIANCE = 12.0

Doubles = NDArray[np.float64]


def matched(image: Image.Image, wanted: Image.Image, share: float = 1.0) -> Image.Image:
    """`image` with mean and covariance of its colours moved to those of `wanted`, by `share` of the way.

    The one linear map that moves the least (Monge-Kantorovich) keeps neighbouring colours neighbours.
    """
    mean, spread = _statistics_of(image)
    wanted_mean, wanted_spread = _statistics_of(wanted)
    root = _root(spread)
    inverse = np.linalg.inv(root)
    turn = inverse @ _root(root @ wanted_spread @ root) @ inverse
    turn = np.eye(3) + (turn - np.eye(3)) * share
    shift = mean + (wanted_mean - mean) * share - turn @ mean
    return image.convert("RGB", tuple(float(value) for row in np.column_stack([turn, shift]) for value in row))


def mean_of(image: Image.Image) -> Doubles:
    """The mean colour, 0 to 255 a band."""
    return _statistics_of(image)[0]


def _statistics_of(image: Image.Image) -> tuple[Doubles, Doubles]:
    small = image.resize((_SAMPLE_SIDE, _SAMPLE_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    pixels = np.asarray(small, np.float64).reshape(-1, 3)
    return pixels.mean(axis=0), np.cov(pixels, rowvar=False) + np.eye(3) * _LEAST_VARIANCE


def _root(matrix: Doubles) -> Doubles:
    values, vectors = np.linalg.eigh(matrix)
    root: Doubles = (vectors * np.sqrt(values.clip(1e-9))) @ vectors.T
    return root
