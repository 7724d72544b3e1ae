"""Step 2: which model serves a request, and the receipt that says why."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from billing.quotes import Quote
from gencraft_media.generation.hooks.cost import quoted_by_hook
from gencraft_media.generation.hooks.notes import tell
from gencraft_media.generation.models import Strategy
from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.bounds import bounds_of
from gencraft_media.generation.routing.choice import Choice, choose
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.named import choose_default, choose_named, choose_usual
from gencraft_media.generation.routing.names import check_names
from gencraft_media.generation.routing.receipts import receipt_of
from gencraft_media.generation.routing.terms import Asked
from gencraft_media.generation.routing.wishes import RoutingWish, kept_wish
from providers.base import ProviderAdapter
from providers.fitting import Fitted, Wanted
from providers.models import ProviderAccount, ProviderModel
from providers.registry import adapter_for


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
    # As `kept_wish` writes it: what a fallback starts from; empty where none is allowed or possible.
    wish: dict[str, Any] = field(default_factory=dict)


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

    `excluded` are models by `provider/model` that were tried already. Holds no connection while a hook is asked, so it
    is called outside of transactions. Raises `ModelUnknown`, `InvalidRequest`, `OperationUnsupported`,
    `OptionUnsupported`, `ProviderNotConfigured`, `PriceUnknown`, `NoRoute` or `NoRouteNow`.
    """
    asked = Asked(operation, wanted, strict)
    return route_of(chosen_for(wish, policy, asked, excluded), wish, policy, asked)


def route_of(choice: Choice, wish: RoutingWish, policy: RoutingPolicy, asked: Asked) -> Route:
    """A choice with its adapter, its receipt, and the price that holds."""
    quote, note = quoted_by_hook(choice.quote, most=choice.bounds.max_cost)
    receipt = receipt_of(
        wish=wish,
        strategy=choice.bounds.strategy,
        chosen=choice.row,
        reason=choice.reason,
        ranking=choice.ranking,
        refused=choice.refused,
        fitted=choice.fitted,
        warnings=choice.warnings,
    )
    tell(receipt, choice.note)
    tell(receipt, note)
    kept: dict[str, Any] = {}
    if choice.has_others and (policy.fallback if wish.fallback is None else wish.fallback):
        kept = kept_wish(wish, operation=asked.operation, wanted=asked.wanted, strict=asked.strict)
    return Route(
        model=choice.row,
        adapter=adapter_for(choice.row, account=choice.account),
        account=choice.account,
        operation=choice.operation,
        fitted=choice.fitted,
        quote=quote,
        receipt=receipt,
        strategy=choice.bounds.strategy,
        wish=kept,
    )


def means_usual(wish: RoutingWish, policy: RoutingPolicy) -> bool:
    """Whether the default model of the settings is asked first."""
    return bool(policy.default_model) and wish.is_open


def chosen_for(wish: RoutingWish, policy: RoutingPolicy, asked: Asked, excluded: Collection[str] = ()) -> Choice:
    """The choice alone: no hook sets its price, and nothing is told of it yet. Raises what `route_request` raises."""
    index = current_index()
    check_names(wish, index.spellings)
    bounds = bounds_of(wish, policy, index.spellings)
    if wish.is_explicit:
        return choose_named(wish, bounds, asked)
    if wish.means_default(policy.strategy) and not excluded:
        found = choose_default(wish, bounds, asked)
        if found is not None:
            return found
    if means_usual(wish, policy) and not excluded:
        usual = choose_usual(policy.default_model, bounds, asked)
        if usual is not None:
            return usual
    return choose(wish, bounds, asked, index=index, excluded=excluded)
