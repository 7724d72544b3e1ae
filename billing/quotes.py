"""What a request will cost, before it runs: the specification's formula in exact decimals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.utils import timezone

from billing.errors import PriceUnknown
from billing.inputs import Size
from billing.models import PriceKind, PriceLine, PricingSettings
from billing.money import credits_for, round_total, share_of, usd
from billing.pricelist import PriceBook, find_price_line
from billing.units import amount_per_output
from gencraft_media.common.versioned import current_settings

HD = "hd"


@dataclass(frozen=True)
class Quote:
    """A price to the client in US dollars after markup, and beside it what the provider will take."""

    provider: str
    model: str
    operation: str
    resolution: str
    count: int
    base_cost: Decimal
    quality_cost: Decimal
    batch_discount: Decimal
    total: Decimal
    provider_cost: Decimal
    credits: int
    price_version: str

    @property
    def share(self) -> Decimal:
        """What each output owes; fewer delivered outputs keep the quoted discount."""
        return share_of(self.total, self.count)

    def as_json(self) -> dict[str, Any]:
        """What a client may see, money as exact text; the provider's own price is not in it."""
        return {
            "provider": self.provider,
            "model": self.model,
            "operation": self.operation,
            "resolution": self.resolution,
            "count": self.count,
            "baseCost": str(self.base_cost),
            "qualityCost": str(self.quality_cost),
            "batchDiscount": str(self.batch_discount),
            "totalCost": str(self.total),
            "creditsRequired": self.credits,
            "priceVersion": self.price_version,
        }


def quote_price(
    *,
    provider: str,
    model: str,
    operation: str,
    width: int | None = None,
    height: int | None = None,
    quality: str = "standard",
    count: int = 1,
    units: Mapping[str, Decimal] | None = None,
    inputs: Sequence[Size] = (),
    outputs_per_call: int = 1,
    at: datetime | None = None,
    pricing: PricingSettings | None = None,
    book: PriceBook | None = None,
) -> Quote:
    """The price of `count` outputs at `at` (now), made from pictures of the sizes `inputs`, in pixels as they are sent.

    A price for a call is shared by its outputs, of which there are up to `outputs_per_call`. `pricing` and `book`,
    those in force by default, need not be saved. Raises `PriceUnknown` where no line says what they cost.
    """
    if count < 1:
        raise ValueError("a quote is for at least one output")
    resolution = f"{width}x{height}" if width and height else ""
    keys = [f"{resolution}:{quality}", resolution, quality, ""] if resolution else [quality, ""]
    moment = at or timezone.now()
    line = find_price_line(provider=provider, model=model, operation=operation, keys=keys, at=moment, book=book)
    if line is None:
        raise PriceUnknown(
            f"There is no price for {operation} with {provider}/{model}"
            + (f" at {resolution}." if resolution else "."),
            provider=provider,
            model=model,
            operation=operation,
        )
    cost = amount_per_output(line, width=width, height=height, units=units or {}, inputs=inputs)
    if line.kind == PriceKind.CALL:
        calls = ceil(count / outputs_per_call)
        cost = cost if calls == count else share_of(cost * calls, count)
    multiplier = line.hd_multiplier if quality == HD else Decimal(1)
    in_force = pricing or current_settings(PricingSettings)
    return _priced(in_force, line, cost, multiplier, count, provider, model, operation, resolution)


def _priced(
    pricing: PricingSettings,
    line: PriceLine,
    cost: Decimal,
    multiplier: Decimal,
    count: int,
    provider: str,
    model: str,
    operation: str,
    resolution: str,
) -> Quote:
    base = cost * (1 + usd(pricing.markup_percent) / 100)
    rate = discount_rate(pricing, count)
    # As the specification has it: the discount is taken from the base price, not from the quality's surcharge.
    discount = base * count * rate
    total = round_total(base * multiplier * count - discount)
    return Quote(
        provider=provider,
        model=model,
        operation=operation,
        resolution=resolution,
        count=count,
        base_cost=plain(base),
        quality_cost=plain(base * (multiplier - 1)),
        batch_discount=plain(discount),
        total=total,
        provider_cost=round_total(cost * multiplier * count),
        credits=credits_for(total),
        price_version=f"line {line.pk}, settings {pricing.version}",
    )


def discount_rate(pricing: PricingSettings, count: int) -> Decimal:
    """The part of the base price that a batch saves: a step for each further output, up to the cap."""
    return min(usd(pricing.batch_discount_cap), usd(pricing.batch_discount_step) * (count - 1))


def plain(amount: Decimal) -> Decimal:
    """The same amount without exponent or trailing zeros, as clients and reports show it."""
    short = amount.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short
