"""What a choice would have been without its first, second, third: with the terms of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing.quotes import Quote
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.choice import Choice
from gencraft_media.generation.routing.offers import Ranked
from gencraft_media.generation.routing.route import chosen_for, means_usual
from gencraft_media.generation.routing.terms import Asked, fitted_to, quote_of
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.fitting import Fitted
from providers.selectors import full_name

_MOST = 5


@dataclass(frozen=True)
class Terms:
    """A model's score, its price, and the request fitted to it."""

    ranked: Ranked
    quote: Quote
    fitted: Fitted


def alternatives_to(choice: Choice, wish: RoutingWish, policy: RoutingPolicy, asked: Asked) -> list[Terms]:
    """The next best models; beside one that was named or is usual, the best of all within the request's bounds."""
    others = choice
    if wish.is_explicit or wish.means_default(policy.strategy) or means_usual(wish, policy):
        free = replace(wish, providers=(), model=None)
        try:
            others = chosen_for(free, replace(policy, default_model=""), asked)
        except GenCraftError:
            return []
    chosen = full_name(choice.row.provider_id, choice.row.name)
    return _with_terms(others, [one for one in others.ranking if one.offer.name != chosen][:_MOST], asked)


def _with_terms(choice: Choice, ranking: Sequence[Ranked], asked: Asked) -> list[Terms]:
    found = []
    for one in ranking:
        row = choice.rows[one.offer.name].row
        done, fitted = fitted_to(row, asked)
        found.append(Terms(one, quote_of(row, done, fitted, count=asked.wanted.count, units=asked.units), fitted))
    return found
