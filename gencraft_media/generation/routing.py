"""Step 2: which model serves a request, and the receipt that says why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from billing.quotes import Quote, quote_price
from providers.base import ProviderAdapter
from providers.fitting import STANDARD, Fitted, Wanted, fit_request
from providers.models import ProviderAccount, ProviderModel
from providers.registry import adapter_for
from providers.selectors import account_for, choose_provider, resolve_model
from providers.sizes import drawn_size

AUTO = "auto"


@dataclass(frozen=True)
class Route:
    """A request fitted to the model that will serve it, with its price and the reasons."""

    model: ProviderModel
    adapter: ProviderAdapter
    account: ProviderAccount | None
    fitted: Fitted
    quote: Quote
    receipt: dict[str, Any] = field(default_factory=dict)


def route_request(*, provider: str, model: str | None, operation: str, wanted: Wanted, strict: bool) -> Route:
    """Find the model, fit the request to it and price it. A named provider and model is obeyed or refused.

    Raises `ModelUnknown`, `OperationUnsupported`, `OptionUnsupported`, `ProviderNotConfigured` or `PriceUnknown`.
    """
    automatic = provider == AUTO
    chosen = choose_provider(operation) if automatic and model is None else (None if automatic else provider)
    found = resolve_model(chosen, model, operation=operation)
    row = found.model
    adapter = adapter_for(row)
    fitted = fit_request(row, wanted, strict=strict, in_place_of=found.in_place_of)
    quote = quote_of(row, operation, fitted, count=wanted.count)
    receipt = {
        "requested": {"provider": provider, "model": model},
        "chosen": {"provider": row.provider_id, "model": row.name},
        "reason": "the only provider with an account" if automatic else "named in the request",
    }
    return Route(row, adapter, account_for(row.provider_id), fitted, quote, receipt)


def quote_of(
    row: ProviderModel, operation: str, fitted: Fitted, *, count: int, units: Mapping[str, Decimal] | None = None
) -> Quote:
    """The price of `count` outputs of the size that is drawn, which is what costs. Raises `PriceUnknown`."""
    width, height = drawn_size(fitted.params) or (None, None)
    previews = Decimal(fitted.params.get("options", {}).get("partialImages", 0))
    return quote_price(
        provider=row.provider_id,
        model=row.name,
        operation=operation,
        width=width,
        height=height,
        quality=fitted.params.get("quality", STANDARD),
        count=count,
        units={**(units or {}), "partial_images": previews},
    )
