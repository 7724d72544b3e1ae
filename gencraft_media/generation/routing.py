"""Step 2: which model serves a request, and the receipt that says why."""

from dataclasses import dataclass, field
from typing import Any

from billing.quotes import Quote, quote_price
from providers.base import ProviderAdapter
from providers.fitting import Fitted, Wanted, fit_request
from providers.models import ProviderAccount, ProviderModel
from providers.registry import adapter_for
from providers.selectors import account_for, choose_provider, find_model

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
    row = find_model(chosen, model, operation=operation)
    adapter = adapter_for(row)
    fitted = fit_request(row, wanted, strict=strict)
    quote = quote_price(
        provider=row.provider_id,
        model=row.name,
        operation=operation,
        width=fitted.params.get("width"),
        height=fitted.params.get("height"),
        quality=fitted.params.get("quality", "standard"),
        count=wanted.count,
    )
    receipt = {
        "requested": {"provider": provider, "model": model},
        "chosen": {"provider": row.provider_id, "model": row.name},
        "reason": "the only provider with an account" if automatic else "named in the request",
    }
    return Route(row, adapter, account_for(row.provider_id), fitted, quote, receipt)
