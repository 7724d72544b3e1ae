"""Sixty-four bits that say what a picture looks like: pictures that look alike differ in few. In a bounded child only.

The hash is the one known as pHash: the signs of the lowest frequencies of the picture's cosine transform about their
median. It was preferred to differences of neighbours (dHash), of which even areas, skies and studio backgrounds decide
half of the bits by noise.
"""

import math

import numpy as np
from PIL import Image

_SIDE = 32
_TERMS = 8
_COSINES = np.cos(math.pi / _SIDE * np.outer(np.arange(_TERMS), np.arange(_SIDE) + 0.5))


def perceptual_hash(grey: Image.Image) -> str:
    """The hash of a grey picture, sixteen hexadecimal digits."""
    small = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX), np.float64)
    # By einsum and not by `@`: BLAS would first set up buffers larger than this whole task.
    waves = np.einsum("fx,gx->fg", np.einsum("fy,yx->fx", _COSINES, small), _COSINES).reshape(-1)
    # The mean lightness is the first term and says nothing of what is shown.
    # Not `np.median`: it loads a module when first called, and a child can open no file.
    bits = waves > np.sort(waves[1:])[_TERMS * _TERMS // 2 - 1]
    return np.packbits(bits).tobytes().hex()
