"""Within what a model is chosen: the request's own bounds and the settings', the stricter of both."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from gencraft_media.generation.models import Strategy
from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.wishes import CUSTOM, RoutingWish

Limit = TypeVar("Limit", Decimal, float)


@dataclass(frozen=True)
class Bounds:
    """What a model must keep to be chosen. `allow`: it must be in every one of the lists.

    Lists hold providers, `provider/model` in the catalogue's own spelling, or "custom".
    """

    strategy: str = Strategy.BALANCED
    # US dollars for the whole request, as the client pays them.
    max_cost: Decimal | None = None
    # For one output.
    max_seconds: float | None = None
    allow: tuple[frozenset[str], ...] = ()
    deny: frozenset[str] = frozenset()

    def allows(self, provider: str, name: str, *, custom: bool = False) -> bool:
        """Whether the lists let a model be chosen; `name` is `provider/model`."""
        names = {provider, name, CUSTOM} if custom else {provider, name}
        return names.isdisjoint(self.deny) and not any(names.isdisjoint(listed) for listed in self.allow)


def bounds_of(
    wish: RoutingWish, policy: RoutingPolicy, spellings: Mapping[str, frozenset[str]] | None = None
) -> Bounds:
    """Both at once: the lower limits hold, denials add up, and an allow list of the settings cannot be widened.

    `spellings`: what other names stand for, aliases and retired models for instance.
    """
    known = spellings or {}
    return Bounds(
        strategy=wish.strategy or policy.strategy or Strategy.BALANCED,
        max_cost=_lower(wish.max_cost, policy.max_cost),
        max_seconds=_lower(wish.max_seconds, policy.max_seconds),
        allow=tuple(_meant(listed, known) for listed in (wish.allow, policy.allow) if listed),
        deny=_meant((*wish.deny, *policy.deny), known),
    )


def _lower(first: Limit | None, second: Limit | None) -> Limit | None:
    if first is None or second is None:
        return second if first is None else first
    return min(first, second)


def _meant(listed: Iterable[str], spellings: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset(meant for name in listed for meant in spellings.get(name, frozenset({name})))
