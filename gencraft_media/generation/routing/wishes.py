"""What a client says about who shall make it, and how that is kept for a fallback."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from providers.types import Margins
from providers.wanted import InputFacts, Wanted

AUTO = "auto"
# Every provider that an operator added: a server of their own.
CUSTOM = "custom"


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

    @property
    def is_explicit(self) -> bool:
        """Whether one model is meant, which is obeyed or refused and never replaced."""
        return self.model is not None or (len(self.providers) == 1 and "/" in self.providers[0])

    @property
    def is_open(self) -> bool:
        """Whether nothing is said of who makes it, nor of how that is chosen."""
        return not self.providers and self.model is None and self.strategy is None

    def means_default(self, usual_strategy: str = "") -> bool:
        """Whether one provider is meant and nothing said of how to choose among its models: its default comes first.

        `usual_strategy` is what the settings say, "" for nothing.
        """
        said = bool(self.strategy or usual_strategy) or self.max_cost is not None or self.max_seconds is not None
        one = len(self.providers) == 1 and self.providers[0] != CUSTOM
        return one and not self.is_explicit and not said


@dataclass(frozen=True)
class KeptWish:
    """A request as it was before it was fitted to a model, with the bounds of the choice."""

    wish: RoutingWish
    operation: str
    wanted: Wanted
    strict: bool


def wish_for(provider: str | tuple[str, ...] = AUTO, model: str | None = None) -> RoutingWish:
    """The wish of a client that says no more than a provider, or several, and a model."""
    named = (provider,) if isinstance(provider, str) else provider
    return RoutingWish(providers=() if named == (AUTO,) else named, model=model)


def kept_wish(wish: RoutingWish, *, operation: str, wanted: Wanted, strict: bool) -> dict[str, Any]:
    """The request as JSON keeps it, money as exact text. `restored_wish` gives it back."""
    return {
        "providers": list(wish.providers),
        "model": wish.model,
        "strategy": wish.strategy,
        "maxCost": None if wish.max_cost is None else str(wish.max_cost),
        "maxSeconds": wish.max_seconds,
        "allow": list(wish.allow),
        "deny": list(wish.deny),
        "fallback": wish.fallback,
        "strict": strict,
        "operation": operation,
        "wanted": _kept_wanted(wanted),
    }


def restored_wish(document: Mapping[str, Any]) -> KeptWish:
    """What `kept_wish` wrote."""
    cost = document["maxCost"]
    wish = RoutingWish(
        providers=tuple(document["providers"]),
        model=document["model"],
        strategy=document["strategy"],
        max_cost=None if cost is None else Decimal(cost),
        max_seconds=document["maxSeconds"],
        allow=tuple(document["allow"]),
        deny=tuple(document["deny"]),
        fallback=document["fallback"],
    )
    return KeptWish(wish, document["operation"], _restored_wanted(document["wanted"]), document["strict"])


def _kept_wanted(wanted: Wanted) -> dict[str, Any]:
    """What was said; defaults are left out."""
    said: dict[str, Any] = {}
    for field in fields(Wanted):
        value = getattr(wanted, field.name)
        if field.name == "prompt" or value != field.default:
            said[field.name] = float(value) if isinstance(value, Decimal) else value
    if wanted.inputs:
        said["inputs"] = [[facts.role, facts.width, facts.height, dict(facts.source)] for facts in wanted.inputs]
    if wanted.margins is not None:
        sides = fields(Margins)
        said["margins"] = {side.name: getattr(wanted.margins, side.name) for side in sides}
    return said


def _restored_wanted(document: Mapping[str, Any]) -> Wanted:
    said = dict(document)
    if "inputs" in said:
        said["inputs"] = tuple(InputFacts(*facts) for facts in said["inputs"])
    if "margins" in said:
        said["margins"] = Margins(**said["margins"])
    return Wanted(**said)
