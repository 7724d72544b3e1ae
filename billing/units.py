"""From a price line to the provider's price of one output, whatever unit the provider counts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

from billing.errors import PriceUnknown
from billing.inputs import Size, input_units, megapixels
from billing.models import PriceKind, PriceLine
from billing.money import usd

# The unit a request has to name for each kind of line.
UNIT_OF_KIND = {
    PriceKind.SECOND: "seconds",
    PriceKind.FRAME: "frames",
    PriceKind.TOKEN: "tokens",
    PriceKind.STEP: "steps",
}


def amount_per_output(
    line: PriceLine,
    *,
    width: int | None,
    height: int | None,
    units: Mapping[str, Decimal],
    inputs: Sequence[Size] = (),
) -> Decimal:
    """What the provider takes for one output by `line`. Raises `PriceUnknown` if the request lacks the unit counted.

    `inputs` are the sizes of the pictures that are sent along; a unit that stands in `units` is not counted from them.
    """
    amount = _counted(line, width, height, units)
    # Priced beside the output: {"rates": {"input_megapixels": "0.015"}}.
    known = {**input_units(line.parameters, inputs), **units}
    for unit, rate in line.parameters.get("rates", {}).items():
        amount += usd(rate) * usd(known.get(unit, Decimal(0)))
    return max(amount, usd(line.parameters.get("minimum", "0")))


def _counted(line: PriceLine, width: int | None, height: int | None, units: Mapping[str, Decimal]) -> Decimal:
    if line.kind in (PriceKind.IMAGE, PriceKind.CALL):
        return line.amount
    if line.kind == PriceKind.MEGAPIXEL:
        if not width or not height:
            raise _unit_missing(line, "width and height")
        further = usd(line.parameters.get("further", line.amount))
        return line.amount + (megapixels(width, height) - 1) * further
    if "grid" in line.parameters:
        return line.amount * _picture_tokens(line, width, height)
    unit = UNIT_OF_KIND[PriceKind(line.kind)]
    if unit not in units:
        raise _unit_missing(line, unit)
    return line.amount * usd(units[unit])


def _picture_tokens(line: PriceLine, width: int | None, height: int | None) -> int:
    """Tokens of one picture, drawn on a grid with `grid` cells along its longer side (OpenAI, read 2026-11-22)."""
    if not width or not height:
        raise _unit_missing(line, "width and height")
    cells = int(line.parameters["grid"])
    cells_across = round(Fraction(cells * min(width, height), max(width, height)))
    # The larger the picture, the more tokens for each cell.
    return ceil(Fraction(cells * cells_across * (2_000_000 + width * height), 4_000_000))


def _unit_missing(line: PriceLine, unit: str) -> PriceUnknown:
    return PriceUnknown(
        f"{line.provider}/{line.model} is priced by {line.kind}, and the request does not say its {unit}."
    )
