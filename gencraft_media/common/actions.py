"""The registry of what an operator can do: one name, one permission, one function for admin, API and plain English."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gencraft_media.common.errors import ObjectNotFound, PermissionRefused


@dataclass(frozen=True)
class Action:
    """One operation: its stable dotted name, what it says it does, who may, and the service that does it."""

    name: str
    label: str
    permission: str
    run: Callable[..., Any]
    danger: bool = False


_ACTIONS: dict[str, Action] = {}


def register_action(action: Action) -> Action:
    """Add an action at start-up. A second one of the same name is a programming error."""
    if action.name in _ACTIONS:
        raise ValueError(f"action {action.name} is registered twice")
    _ACTIONS[action.name] = action
    return action


def actions() -> list[Action]:
    """All registered actions, by name."""
    return [_ACTIONS[name] for name in sorted(_ACTIONS)]


def perform(name: str, /, *, actor: Any, **arguments: Any) -> Any:
    """Run an action for `actor`. Raises `ObjectNotFound` for an unknown name, `PermissionRefused` without the right."""
    action = _ACTIONS.get(name)
    if action is None:
        raise ObjectNotFound(f"There is no action named {name}.")
    if not actor.has_perm(action.permission):
        raise PermissionRefused(f"{action.label} needs the permission {action.permission}.")
    return action.run(actor=actor, **arguments)
