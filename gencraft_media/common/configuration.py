"""What operators can change while the engine runs: typed actions, and the exact values that one would change.

An action only *plans*: it turns its parameters into `Change`s, values before and after. A `Store` reads and writes the
values. So one piece of code previews, applies and undoes them all, and undoing is writing what was there before.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.serializers import StrictSerializer


class Risk(StrEnum):
    """What a change can do at worst; the worst of its changes is a plan's."""

    LOW = "low"
    QUALITY = "quality"  # what users get
    AVAILABILITY = "availability"  # whether they get it
    MONEY = "money"  # what it costs, or brings


@dataclass(frozen=True)
class Slot:
    """The address of one value: the store that has it, the row in it, the field of the row. All are stable text."""

    store: str
    row: str
    field: str


@dataclass(frozen=True)
class Change:
    """One value before and after, as JSON has them; None: nothing is said there, the next wider scope holds."""

    slot: Slot
    before: Any
    after: Any
    # For people: "Image quality by default, for the plan Pro".
    label: str
    risk: Risk = Risk.LOW

    @property
    def is_real(self) -> bool:
        """Whether anything is different after it."""
        return bool(self.before != self.after)


@dataclass(frozen=True)
class Store:
    """Where values are kept. `read` gives a row's fields as JSON values; `write` checks, saves and audits some of them.

    `write(row, values, *, actor, reason)` runs in the caller's transaction with the row locked; it raises
    ValidationError for a value out of range and ObjectNotFound for a row that is not there. `read` raises the latter
    too. `lock(row)` holds the row until the transaction ends. `changed_by(row)` says who changed it last, "" where
    nobody is known.
    """

    name: str
    # Django's permission that changing it by form needs: "billing.change_pricingsettings".
    permission: str
    read: Callable[[str], Mapping[str, Any]]
    write: Callable[..., None]
    lock: Callable[[str], None]
    changed_by: Callable[[str], str]


@dataclass(frozen=True)
class Planned:
    """What an action with certain parameters would do. `notes`: what an operator should know about how it was read."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuntimeAction:
    """One thing that can be configured: its stable dotted name, what it says it does, its parameters, its plan.

    `parameters` is a serializer class; what it refuses is `InvalidRequest`, unknown fields too. `plan(**parameters)`
    changes nothing and asks nobody outside.
    """

    name: str
    label: str
    parameters: type[StrictSerializer]
    plan: Callable[..., Planned]
    examples: tuple[str, ...] = ()


@dataclass
class _Registry:
    actions: dict[str, RuntimeAction] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)


_REGISTRY = _Registry()


def register_store(store: Store) -> Store:
    """Add a store at start-up. A second one of the same name is a programming error."""
    if store.name in _REGISTRY.stores:
        raise ValueError(f"store {store.name} is registered twice")
    _REGISTRY.stores[store.name] = store
    return store


def register_runtime_action(action: RuntimeAction) -> RuntimeAction:
    """Add an action at start-up. A second one of the same name is a programming error."""
    if action.name in _REGISTRY.actions:
        raise ValueError(f"runtime action {action.name} is registered twice")
    _REGISTRY.actions[action.name] = action
    return action


def runtime_actions() -> Sequence[RuntimeAction]:
    """All of them, by name."""
    return [_REGISTRY.actions[name] for name in sorted(_REGISTRY.actions)]


def runtime_action(name: str) -> RuntimeAction:
    """The action of that name. Raises `InvalidRequest` naming `action`."""
    found = _REGISTRY.actions.get(name)
    if found is None:
        names = sorted(_REGISTRY.actions)
        nearest = next(iter(difflib.get_close_matches(name, names, n=1)), None)
        wrong = FieldError("action", f"There is no action {name}.", "unknown", allowed=names, nearest=nearest)
        raise InvalidRequest(errors=[wrong])
    return found


def store_of(slot: Slot) -> Store:
    """Where the value of a slot is kept. Raises KeyError for a store that is not there any more."""
    return _REGISTRY.stores[slot.store]
