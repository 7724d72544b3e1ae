"""What the pictures of a request count for, where a provider takes a price for them beside that of the output."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from billing.errors import PriceUnknown

# Vendors count 1024 x 1024 as one megapixel, not as 1.05.
PIXELS_PER_MEGAPIXEL = 1_048_576

# Width and height in pixels, as the picture is sent.
Size = tuple[int, int]


def input_units(parameters: Mapping[str, Any], inputs: Sequence[Size]) -> dict[str, Decimal]:
    """The units of `inputs` by the names of a price line's rates; tokens where its `parameters.inputs` says how.

    Raises `PriceUnknown` for a rule that is not known.
    """
    units = {"input_megapixels": sum(megapixels(*size) for size in inputs)}
    rule = parameters.get("inputs")
    if rule is not None:
        units["image_tokens"] = sum(_tokens(rule, *size) for size in inputs)
    return {name: Decimal(count) for name, count in units.items()}


def megapixels(width: int, height: int) -> int:
    """Whole megapixels, rounded up."""
    return -(-(width * height) // PIXELS_PER_MEGAPIXEL)


def _tokens(rule: Mapping[str, Any], width: int, height: int) -> int:
    match rule["count"]:
        case "patches":
            return _in_patches(rule, max(width, height), min(width, height))
        case "tiles":
            return _in_tiles(rule, max(width, height), min(width, height))
    raise PriceUnknown(f"No rule is called {rule['count']} by which the tokens of a picture could be counted.")


def _in_patches(rule: Mapping[str, Any], long_side: int, short_side: int) -> int:
    """One token for each patch of the picture, which is first enlarged to `least_side` if it is smaller."""
    factor = max(Fraction(1), min(Fraction(rule["least_side"], long_side), Fraction(rule["most_enlarged"])))
    enlarged = factor * long_side
    # What is slimmer than the vendor looks at is filled up.
    filled = max(factor * short_side, enlarged / int(rule["maximum_ratio"]))
    patches = ceil(enlarged / int(rule["patch"])) * ceil(filled / int(rule["patch"]))
    return min(patches, int(rule["maximum"]))


def _in_tiles(rule: Mapping[str, Any], long_side: int, short_side: int) -> int:
    """So many tokens for each tile of the picture, scaled so that its shorter side is one tile, and some for itself."""
    return int(rule["base"]) + int(rule["tile"]) * ceil(Fraction(long_side, short_side))
