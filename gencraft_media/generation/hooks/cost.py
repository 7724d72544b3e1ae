"""The cost hook: it may set another price for a request, within bounds that catch a slip of the pen."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from billing.money import credits_for, round_total
from billing.quotes import Quote, plain
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.generation.hooks.asking import Note, ask
from gencraft_media.generation.hooks.targets import HookName

# A price is taken up to so many times the engine's own, or so many dollars an output where that is more.
MOST_TIMES = 10
MOST_AN_OUTPUT = Decimal(1)
_MONEY = ("baseCost", "qualityCost", "batchDiscount", "totalCost", "providerCost")


class MoneyField(serializers.DecimalField):
    """US dollars as text, to the micro-dollar: a JSON number would not be exact."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=6, min_value=Decimal(0), **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            raise serializers.ValidationError('Money is text, as in "0.04".')
        return super().to_internal_value(data)


class PriceAnswer(StrictSerializer):
    """`totalCost`: what the client pays for the whole request, in US dollars."""

    totalCost = MoneyField(source="total")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


def quoted_by_hook(quote: Quote, *, most: Decimal | None = None) -> tuple[Quote, Note | None]:
    """The quote that holds, and what to tell of the hook. `most`: what the client will pay, in US dollars."""

    def read(answer: Any) -> Decimal:
        total = round_total(PriceAnswer.read(answer)["total"])
        bound = max(quote.total * MOST_TIMES, MOST_AN_OUTPUT * quote.count)
        if most is not None:
            # The engine's own price is what the choice was made with; it may be there already.
            bound = min(bound, max(most, quote.total))
        if total > bound:
            raise InvalidRequest(errors=[FieldError("totalCost", f"At most {plain(bound)} here.", "max_value")])
        return total

    total, note = ask(HookName.COST, {"quote": _question(quote)}, read=read)
    return (quote if total is None else _at(quote, total)), note


def _question(quote: Quote) -> dict[str, Any]:
    """The quote as clients see it, and what the provider takes beside it: the hook is the operator's own."""
    shown = {**quote.as_json(), "providerCost": quote.provider_cost}
    # Small amounts would be written with an exponent.
    return {**shown, **{name: format(Decimal(shown[name]), "f") for name in _MONEY}}


def _at(quote: Quote, total: Decimal) -> Quote:
    """The quote at another price: the hook says the total alone, so its parts are the outputs' equal shares."""
    if total == quote.total:
        return quote
    return replace(
        quote,
        base_cost=plain(round_total(total / quote.count)),
        quality_cost=Decimal(0),
        batch_discount=Decimal(0),
        total=total,
        credits=credits_for(total),
        price_version=f"{quote.price_version}, cost hook",
    )
