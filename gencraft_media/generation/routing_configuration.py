"""What operators change of the choice of models while the engine runs: the strategy, and who is allowed and denied."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from billing.scoped_changes import scoped_change
from billing.scopes import ScopeField, wider_scopes
from gencraft_media.common.configuration import (
    Planned,
    Risk,
    RuntimeAction,
    register_runtime_action,
    register_store,
)
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.common.settings_store import settings_store
from gencraft_media.generation.models import RoutingSettings, Strategy
from gencraft_media.generation.routing.index import current_index
from gencraft_media.generation.routing.names import unknown_name

ROUTING = register_store(settings_store(RoutingSettings, "generation.routing"))
_MOST_NAMES = 200


class NamesField(serializers.ListField):
    """Providers or `provider/model`, each once."""

    child = serializers.CharField(max_length=151)

    def to_internal_value(self, data: Any) -> list[str]:
        names = list(dict.fromkeys(super().to_internal_value(data)))
        spellings = current_index().spellings
        wrong = [error.message for name in names if (error := unknown_name("names", name, spellings)) is not None]
        if wrong:
            raise serializers.ValidationError(wrong, code="unknown")
        return names


class StrategyParameters(StrictSerializer):
    """What matters most where a request does not say."""

    strategy = serializers.ChoiceField(Strategy.choices)
    scope = ScopeField()


class AllowParameters(StrictSerializer):
    """Nobody else is chosen; an empty list: everybody may be."""

    names = NamesField(max_length=_MOST_NAMES)
    scope = ScopeField()


class DenyParameters(StrictSerializer):
    """Added to those that are never chosen, or taken from them."""

    names = NamesField(max_length=_MOST_NAMES, min_length=1)
    denied = serializers.BooleanField(default=True)
    scope = ScopeField()


def _plan_strategy(strategy: str, scope: str) -> Planned:
    label = "Strategy by default"
    return scoped_change(RoutingSettings, ROUTING, scope, "strategy", strategy, label=label, risk=Risk.MONEY)


def _plan_allow(names: Sequence[str], scope: str) -> Planned:
    label = "The only models that may be chosen"
    return scoped_change(RoutingSettings, ROUTING, scope, "allow", list(names), label=label, risk=Risk.AVAILABILITY)


def _plan_deny(names: Sequence[str], denied: bool, scope: str) -> Planned:
    said = own = ROUTING.read(scope)["deny"]
    note = ""
    if own is None:
        above = ((wider, ROUTING.read(wider)["deny"]) for wider in wider_scopes(scope))
        wider, own = next(((wider, value) for wider, value in above if value is not None), ("", []))
        # What a narrower scope says takes the place of what the wider one says.
        note = f"What {wider} denies is denied here, too." if own else ""
    after = [*own, *(name for name in names if name not in own)] if denied else [one for one in own if one not in names]
    planned = scoped_change(
        RoutingSettings,
        ROUTING,
        scope,
        "deny",
        # A name that nobody denies is allowed again without a list of its own.
        after if after != own or (note and denied) else said,
        label="Models that are never chosen",
        risk=Risk.AVAILABILITY,
    )
    return Planned(planned.changes, (*planned.notes, *([note] if note and planned.changes[0].is_real else [])))


def _register(name: str, label: str, parameters: type[StrictSerializer], plan: Any, *examples: str) -> None:
    register_runtime_action(RuntimeAction(name, label, parameters, plan, examples))


_register(
    "routing.strategy",
    "Set how a model is chosen",
    StrategyParameters,
    _plan_strategy,
    "Use the cheapest strategy for free users",
)
_register(
    "routing.allow", "Allow these models and no others", AllowParameters, _plan_allow, "Allow only openai and flux"
)
_register(
    "routing.deny",
    "Never choose these models, or let them be chosen again",
    DenyParameters,
    _plan_deny,
    "Deny stability",
)
