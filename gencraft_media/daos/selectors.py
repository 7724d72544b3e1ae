"""Reading plans, and what can be asked for."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from billing.scopes import ScopeField
from gencraft_media.common.configuration import RuntimeAction, runtime_actions
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.daos.models import ConfigurationPlan
from gencraft_media.daos.sentences import PROMPTS


def plans() -> QuerySet[ConfigurationPlan]:
    """Every plan with the people in it, the newest first."""
    rows = ConfigurationPlan.objects.select_related("created_by", "approved_by", "applied_by", "undone_by")
    return rows.order_by("-created_at", "-id")


def get_plan(plan_id: uuid.UUID) -> ConfigurationPlan:
    """One plan. Raises `ObjectNotFound`."""
    found = plans().filter(pk=plan_id).first()
    if found is None:
        raise ObjectNotFound("There is no such plan.")
    return found


def actions_told() -> list[dict[str, Any]]:
    """Every runtime action with its parameters, as clients and the documentation read them."""
    return [
        {
            "name": action.name,
            "label": action.label,
            "parameters": list(_parameters_told(action)),
            "examples": list(action.examples),
        }
        for action in runtime_actions()
    ]


def prompts_told() -> list[dict[str, str]]:
    """The sentences that are known by an id."""
    return [{"id": prompt_id, "prompt": text} for prompt_id, text in PROMPTS.items()]


def _parameters_told(action: RuntimeAction) -> Iterator[dict[str, Any]]:
    for name, field in action.parameters().fields.items():
        yield {"name": name, "type": _type_of(field), "required": field.required}


def _type_of(field: Any) -> str:
    """What a parameter may be, in words."""
    if isinstance(field, ScopeField):
        return '"global", "plan:<key>" or "project:<uuid>"' if field.takes_plans else '"global" or "project:<uuid>"'
    if isinstance(field, serializers.ChoiceField):
        return " | ".join(str(choice) for choice in field.choices)
    if isinstance(field, serializers.ListField):
        return "list of names"
    if isinstance(field, serializers.BooleanField):
        return "true | false"
    if isinstance(field, serializers.IntegerField | serializers.DecimalField):
        kind = "whole number" if isinstance(field, serializers.IntegerField) else "number as text"
        most = "" if field.max_value in (None, 2_147_483_647) else f" to {field.max_value}"
        return f"{kind} from {field.min_value}{most}"
    return _TYPES.get(field.field_name, "text")


_TYPES = {
    "from": "date, or a moment with its zone",
    "model": "provider/model",
    "provider": "provider",
    "plan": "key of a plan",
    "key": "resolution, quality or both",
}
