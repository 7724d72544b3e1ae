"""Step 2: which model serves a request, and the receipt that says why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from billing.quotes import Quote, quote_price
from gencraft_media.generation.models import Strategy
from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.base import ProviderAdapter
from providers.edit_fitting import BY_MODEL
from providers.fitting import STANDARD, Fitted, Wanted, fit_request
from providers.models import ProviderAccount, ProviderModel
from providers.operations import Operation
from providers.registry import adapter_for
from providers.selectors import account_for, choose_provider, full_name, resolve_model
from providers.sizes import drawn_size
from providers.wording import sent_sizes

RESAMPLING = "resample/lanczos"
VARIATION_PROMPT = "A variation of this picture: the same subject and mood, composed anew."


@dataclass(frozen=True)
class Route:
    """A request fitted to the model that will serve it, with its price and the reasons."""

    model: ProviderModel
    adapter: ProviderAdapter
    account: ProviderAccount | None
    # As the model does it: what attempts are made of, and what is priced.
    operation: str
    fitted: Fitted
    quote: Quote
    receipt: dict[str, Any] = field(default_factory=dict)
    strategy: str = Strategy.BALANCED


def route_request(
    *,
    wish: RoutingWish,
    policy: RoutingPolicy,
    operation: str,
    wanted: Wanted,
    strict: bool,
    excluded: Collection[str] = (),
) -> Route:
    """Find the model, fit the request to it and price it. A named provider and model is obeyed or refused.

    `excluded` are models by `provider/model` that were tried already. Raises `ModelUnknown`, `OperationUnsupported`,
    `OptionUnsupported`, `ProviderNotConfigured` or `PriceUnknown`.
    """
    automatic = not wish.providers
    provider = wish.named
    model = wish.model
    chosen = choose_provider(operation) if automatic and model is None else (None if automatic else provider)
    found = resolve_model(chosen, model, operation=operation)
    row = found.model
    adapter = adapter_for(row)
    done, wanted = done_by(row, operation, wanted)
    fitted = fit_request(row, wanted, strict=strict, operation=done, in_place_of=found.in_place_of)
    quote = quote_of(row, done, fitted, count=wanted.count)
    receipt = {
        "requested": {"provider": provider, "model": model},
        "chosen": {"provider": row.provider_id, "model": row.name},
        "reason": "the only provider with an account" if automatic else "named in the request",
        **({"steps": [_step(row, step) for step in fitted.steps]} if fitted.steps else {}),
    }
    return Route(row, adapter, account_for(row.provider_id), done, fitted, quote, receipt)


def done_by(row: ProviderModel, operation: str, wanted: Wanted) -> tuple[str, Wanted]:
    """The operation as the model knows it: a variation is a repainting of the picture where it has no word of its own.

    A variation needs no prompt, a repainting does.
    """
    if operation in row.operations or operation != Operation.VARIATION:
        return operation, wanted
    return Operation.IMAGE_TO_IMAGE, replace(wanted, prompt=wanted.prompt.strip() or VARIATION_PROMPT)


def _step(row: ProviderModel, step: Mapping[str, Any]) -> dict[str, Any]:
    """An enlargement as the receipt tells it: by the model, or by the engine's own resampling."""
    by = full_name(row.provider_id, row.name) if step["by"] == BY_MODEL else RESAMPLING
    return {"operation": Operation.UPSCALE, "model": by, "factor": step["factor"]}


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
        inputs=sent_sizes(fitted.params),
    )
