"""Short ways to plans for these tests."""

from typing import Any

from gencraft_media.accounts.models import User
from gencraft_media.common.configuration import Slot, runtime_action, store_of
from gencraft_media.daos.models import ConfigurationPlan
from gencraft_media.daos.services import apply_plan, propose_plan


def asked(name: str, **parameters: Any) -> dict[str, Any]:
    """One action as plans take it."""
    return {"action": name, "parameters": parameters}


def proposed(*actions: dict[str, Any], actor: User | None = None, **options: Any) -> ConfigurationPlan:
    """A plan of these actions."""
    return propose_plan(actor=actor, actions=list(actions), **options)


def applied(*actions: dict[str, Any], actor: User | None = None, **options: Any) -> ConfigurationPlan:
    """A plan of these actions, confirmed."""
    plan = proposed(*actions, actor=actor, **options)
    return apply_plan(plan, actor=actor, digest=plan.digest)


def meant(name: str, **parameters: Any) -> dict[tuple[str, str], tuple[Any, Any]]:
    """What an action would change now: by row and field, before and after."""
    action = runtime_action(name)
    planned = action.plan(**action.parameters.read(parameters))
    return {(change.slot.row, change.slot.field): (change.before, change.after) for change in planned.changes}


def notes_of(name: str, **parameters: Any) -> str:
    """What an action notes."""
    action = runtime_action(name)
    return " ".join(action.plan(**action.parameters.read(parameters)).notes)


def value(store: str, row: str, field: str) -> Any:
    """What a slot has."""
    return store_of(Slot(store, row, field)).read(row)[field]
