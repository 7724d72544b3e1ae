"""From asked actions to the exact changes that they mean now, and the digest that binds a plan to them."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from gencraft_media.common.configuration import Change, Planned, Risk, Slot, runtime_action
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.serializers import shown

MOST_ACTIONS = 20


@dataclass(frozen=True)
class Draft:
    """What a plan would do. `actions` with their parameters spelled out, the times in them fixed."""

    actions: list[dict[str, Any]]
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    # What was asked for and is so already.
    unchanged: tuple[Change, ...] = ()

    @property
    def risk(self) -> Risk:
        """The worst of its changes."""
        order = list(Risk)
        return max((change.risk for change in self.changes), key=order.index, default=Risk.LOW)


def draft_of(actions: Sequence[Mapping[str, Any]]) -> Draft:
    """The changes of all actions together, given as {"action", "parameters"}; nothing is changed.

    Raises `InvalidRequest` for an unknown action, a wrong parameter, or two actions that contradict each other.
    """
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise InvalidRequest(errors=[FieldError("actions", f"A plan has 1 to {MOST_ACTIONS} actions.")])
    spelled, planned = [], []
    for position, asked in enumerate(actions):
        try:
            one, what = _planned(asked)
        except InvalidRequest as error:
            raise InvalidRequest(errors=[_below(position, wrong) for wrong in error.errors]) from error
        spelled.append(one)
        planned.append(what)
    changes = _merged(change for what in planned for change in what.changes)
    notes = [note for what in planned for note in what.notes]
    unchanged = tuple(change for change in changes if not change.is_real)
    notes += [f"{change.label}: {_shown(change.after)} already." for change in unchanged]
    real = tuple(change for change in changes if change.is_real)
    return Draft(spelled, real, tuple(dict.fromkeys(notes)), unchanged)


def document_of(change: Change) -> dict[str, Any]:
    """A change as plans keep it."""
    document = {**asdict(change), **asdict(change.slot), "risk": change.risk.value}
    del document["slot"]
    return document


def change_from(document: Mapping[str, Any]) -> Change:
    """What `document_of` wrote."""
    slot = Slot(document["store"], document["row"], document["field"])
    return Change(slot, document["before"], document["after"], document["label"], Risk(document["risk"]))


def digest_of(actions: Any, changes: Any, holds_for_s: int | None) -> str:
    """SHA-256 over what a plan does and how long it holds."""
    document = {"actions": actions, "changes": changes, "holdsForSeconds": holds_for_s}
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _planned(asked: Mapping[str, Any]) -> tuple[dict[str, Any], Planned]:
    action = runtime_action(asked["action"])
    try:
        values = action.parameters.read(asked["parameters"])
    except InvalidRequest as error:
        wrong = [replace(one, field=f"parameters.{one.field}".rstrip(".")) for one in error.errors]
        raise InvalidRequest(errors=wrong) from error
    spelled = shown(action.parameters, values)
    exact = {name: exact_text(said) if isinstance(said, Decimal) else said for name, said in spelled.items()}
    return {"action": action.name, "parameters": exact}, action.plan(**values)


def _below(position: int, wrong: FieldError) -> FieldError:
    return replace(wrong, field=f"actions.{position}.{wrong.field}")


def _merged(changes: Iterable[Change]) -> list[Change]:
    """One change for each value. Raises `InvalidRequest` where two want different things of one."""
    found: dict[Slot, Change] = {}
    for change in changes:
        known = found.setdefault(change.slot, change)
        if known.after == change.after:
            continue
        if known.after is None and isinstance(change.after, bool):
            # A wider switch clears what narrower scopes say, but for those that the plan itself sets.
            found[change.slot] = change
        elif not (change.after is None and isinstance(known.after, bool)):
            text = f"{change.label} cannot be {_shown(known.after)} and {_shown(change.after)} at once."
            raise InvalidRequest(errors=[FieldError("actions", text, "conflict")])
    return list(found.values())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "as the wider scope says" if value is None else str(value)
