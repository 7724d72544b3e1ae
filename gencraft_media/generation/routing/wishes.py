"""What a client says about who shall make it."""

from dataclasses import dataclass
from decimal import Decimal

AUTO = "auto"


@dataclass(frozen=True)
class RoutingWish:
    """The choice as the client bounds it; what it leaves open is the policy's.

    `providers`: none for "auto", else names of providers or `provider/model`. With one provider and `model` the choice
    is made: it is obeyed or refused. `max_cost` in US dollars for the whole request, `max_seconds` for one output;
    `allow` and `deny` name providers or `provider/model`.
    """

    providers: tuple[str, ...] = ()
    model: str | None = None
    strategy: str | None = None
    max_cost: Decimal | None = None
    max_seconds: float | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    fallback: bool | None = None

    @property
    def named(self) -> str:
        """Who was asked for, as the job tells it."""
        return ",".join(self.providers) or AUTO


def wish_for(provider: str | tuple[str, ...] = AUTO, model: str | None = None) -> RoutingWish:
    """The wish of a client that says no more than a provider, or several, and a model."""
    named = (provider,) if isinstance(provider, str) else provider
    return RoutingWish(providers=() if named == (AUTO,) else named, model=model)
