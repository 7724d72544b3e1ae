"""Two things that one sentence cannot ask for at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.daos.grammar.meaning import AskedAction
from gencraft_media.daos.grammar.phrasing import Objection

# What two actions of a kind must differ in, else they are about the same value.
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "provider.enable": ("provider",),
    "model.enable": ("model",),
    "pricing.price": ("model", "operation", "from"),
    "quota.user": ("period",),
    "quota.plan": ("plan",),
    "spend.cap": ("period", "scope"),
    "pricing.batch_discount": (),
    "pricing.batch_discount_cap": (),
    "pricing.markup": (),
}

# What is on or off as a whole, by the parameter that names it.
_SWITCHES = {"provider.enable": "provider", "model.enable": "model"}


def refuse_conflicts(actions: Sequence[AskedAction]) -> None:
    """Raises `Objection` for two actions that set one value differently, or of which one undoes the other's."""
    for number, one in enumerate(actions):
        for other in actions[:number]:
            if _about(one) == _about(other) or _overlap(one, other):
                raise Objection("It asks for two different things at once; say one of them.")
    for maker, scope in _wanted(actions):
        for refused, where in _refused(actions):
            if _is_of(maker, refused) and where in (EVERYWHERE, scope):
                raise Objection(f"It wants {maker} and takes {refused} away at once; say one of them.", maker)


def _about(action: AskedAction) -> tuple[Any, ...]:
    keys = _ABOUT.get(action.name, ("scope",))
    return (action.name, *(action.parameters.get(key) for key in keys))


def _overlap(one: AskedAction, other: AskedAction) -> bool:
    if one.name == other.name == "media.enable":
        # For everybody it overrides what narrower scopes say, so the order would matter.
        return bool(EVERYWHERE in (one.parameters["scope"], other.parameters["scope"]))
    if {one.name, other.name} <= {"routing.allow", "routing.deny"}:
        return bool(one.parameters["scope"] == other.parameters["scope"])
    return False


def _wanted(actions: Sequence[AskedAction]) -> Iterator[tuple[str, str]]:
    """Providers and models that shall be used, with the scope."""
    for action in actions:
        said = action.parameters
        if action.name in _SWITCHES and said["enabled"]:
            yield said[_SWITCHES[action.name]], EVERYWHERE
        elif action.name == "media.model":
            yield said["model"], said["scope"]
        elif action.name == "routing.allow" or (action.name == "routing.deny" and not said["denied"]):
            yield from ((name, said["scope"]) for name in said["names"])


def _refused(actions: Sequence[AskedAction]) -> Iterator[tuple[str, str]]:
    """Providers and models that shall not be used, with the scope."""
    for action in actions:
        said = action.parameters
        if action.name in _SWITCHES and not said["enabled"]:
            yield said[_SWITCHES[action.name]], EVERYWHERE
        elif action.name == "routing.deny" and said["denied"]:
            yield from ((name, said["scope"]) for name in said["names"])


def _is_of(maker: str, other: str) -> bool:
    """Whether it is the same provider or model, or a model of that provider."""
    return maker == other or maker.startswith(f"{other}/")
