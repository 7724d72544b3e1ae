"""The situations in situations/*.toml: a market, a request, and what has to come of it.

Each says in `because` how its result follows from the rules; none was copied from what the router answered.
"""

import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from gencraft_media.generation.routing.wishes import AUTO, RoutingWish
from providers.operations import Operation
from providers.types import Margins
from providers.wanted import InputFacts, Wanted

FOLDER = Path(__file__).with_name("situations")
_MARKET = "market.toml"
_WISH = {"provider", "model", "strategy", "maxCost", "maxSeconds", "allow", "deny", "fallback"}
_WANTED = {
    "prompt": "prompt",
    "negativePrompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "quality": "quality",
    "seed": "seed",
    "steps": "steps",
    "strength": "strength",
    "factor": "factor",
    "search": "search",
    "count": "count",
}
_OTHER = {"operation", "strict", "images", "mask", "margins", "tried"}
_CIRCUMSTANCES = {"name", "because", "request", "now", "accounts", "policy", "settings", "markup"}
_EXPECTED = {
    "chosen", "refusal", "candidates", "scores", "parts", "refused", "retry_after_s", "field", "nearest", "warns",
    "falls_back", "adapted", "cost", "credits", "seconds", "success", "strategy", "account", "reason", "steps",
    "operation", "requested",
}  # fmt: skip


@dataclass(frozen=True)
class Situation:
    """A request in its circumstances, and what is expected; `expected` has the keys that the file gives."""

    theme: str
    name: str
    market: Mapping[str, Any]
    request: Mapping[str, Any]
    policy: Mapping[str, Any]
    settings: list[dict[str, Any]] = field(default_factory=list)
    markup: Decimal | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wish(self) -> RoutingWish:
        """What the client says of who shall make it."""
        said, named = self.request, self.request.get("provider", AUTO)
        providers = () if named == AUTO else (named,) if isinstance(named, str) else tuple(named)
        seconds = said.get("maxSeconds")
        return RoutingWish(
            providers=providers,
            model=said.get("model"),
            strategy=said.get("strategy"),
            max_cost=None if "maxCost" not in said else Decimal(said["maxCost"]),
            max_seconds=None if seconds is None else float(seconds),
            allow=tuple(said.get("allow", ())),
            deny=tuple(said.get("deny", ())),
            fallback=said.get("fallback"),
        )

    @property
    def operation(self) -> str:
        """What is asked for; a text-to-image where nothing is said."""
        return str(self.request.get("operation", Operation.TEXT_TO_IMAGE))

    @property
    def wanted(self) -> Wanted:
        """The picture that is asked for."""
        said = {own: self.request[name] for name, own in _WANTED.items() if name in self.request}
        sizes = [("image", size) for size in self.request.get("images", [])]
        sizes += [("mask", self.request["mask"])] if "mask" in self.request else []
        inputs = tuple(InputFacts(role, width, height, {"url": "any"}) for role, (width, height) in sizes)
        margins = Margins(**self.request["margins"]) if "margins" in self.request else None
        return Wanted(**{"prompt": "A boat", **said}, inputs=inputs, margins=margins)


def situations() -> Iterator[Situation]:
    """Every situation of every file, in their order. Raises `ValueError` for a word that is not known."""
    common = _read(FOLDER / _MARKET)
    for path in sorted(FOLDER.glob("*.toml")):
        if path.name != _MARKET:
            document = _read(path)
            market = _over(common, document)
            for said in document["situation"]:
                yield _situation(path.stem, market, said)


def _situation(theme: str, market: Mapping[str, Any], said: Mapping[str, Any]) -> Situation:
    where = f"{theme}: {said.get('name')}"
    _check(where, said, _CIRCUMSTANCES | _EXPECTED)
    request = said.get("request", {})
    _check(where, request, _WISH | set(_WANTED) | _OTHER)
    if ("chosen" in said) == ("refusal" in said) or not said.get("because"):
        raise ValueError(f"{where}: a model is chosen or the request is refused, because of something")
    return Situation(
        theme=theme,
        name=said["name"],
        market=_over(market, {"models": said.get("now", {}), "accounts": said.get("accounts", {})}),
        request=request,
        policy=said.get("policy", {}),
        settings=said.get("settings", []),
        markup=said.get("markup"),
        expected={name: said[name] for name in _EXPECTED if name in said},
    )


def _over(market: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The market with what differs: whole accounts, single facts of models; what is "unknown" is not said."""
    changed = {name: dict(market.get(name, {})) for name in ("providers", "accounts", "models")}
    changed["providers"] |= changes.get("providers", {})
    changed["accounts"] |= changes.get("accounts", {})
    for model, facts in changes.get("models", {}).items():
        told = {**deepcopy(changed["models"].get(model, {})), **facts}
        changed["models"][model] = {name: fact for name, fact in told.items() if fact != "unknown"}
    return changed


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def _check(where: str, said: Mapping[str, Any], known: set[str]) -> None:
    unknown = set(said) - known
    if unknown:
        raise ValueError(f"{where}: nothing is called {', '.join(sorted(unknown))}")
