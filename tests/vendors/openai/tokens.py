"""The tokens the vendor counts for one picture, by the rule that its published prices follow (read 2026-11-22)."""

from fractions import Fraction
from math import ceil

_GPT_IMAGE_2 = {"low": 16, "medium": 48, "high": 96}
_GPT_IMAGE_2_5 = {"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96}
# Older models: square, portrait, landscape.
_GPT_IMAGE_1 = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}

PARTIAL_IMAGE_TOKENS = 100


def qualities_of(model: str) -> list[str]:
    """The qualities a model takes, from the cheapest up."""
    return list(_grids_of(model) or _GPT_IMAGE_1)


def image_tokens(model: str, quality: str, width: int, height: int) -> int:
    """Output tokens of one picture; "auto" is medium."""
    quality = "medium" if quality == "auto" else quality
    grids = _grids_of(model)
    if not grids:
        square, portrait, landscape = _GPT_IMAGE_1[quality]
        return square if width == height else portrait if width < height else landscape
    grid = grids[quality]
    short_side = round(Fraction(grid * min(width, height), max(width, height)))
    return ceil(Fraction(grid * short_side * (2_000_000 + width * height), 4_000_000))


def input_tokens(model: str, width: int, height: int) -> int:
    """Tokens of one picture that is sent, as developers have measured them: the vendor does not publish its rule."""
    long_side, short_side = max(width, height), min(width, height)
    if not model.startswith("gpt-image-2"):
        return 65 + 129 * ceil(long_side / short_side)
    enlarged = max(1.0, min(1024 / long_side, 2.0))
    across, down = enlarged * long_side, max(enlarged * short_side, enlarged * long_side / 3)
    return min(ceil(across / 32) * ceil(down / 32), 1536)


def _grids_of(model: str) -> dict[str, int]:
    if model.startswith(("gpt-image-2.5", "gpt-image-2.6")):
        return _GPT_IMAGE_2_5
    return _GPT_IMAGE_2 if model.startswith("gpt-image-2") else {}
