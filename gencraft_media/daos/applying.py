"""Writing the values of a plan, after or before: rows are locked in one order, all of them or none are written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from gencraft_media.common.configuration import Change, Slot, Store, store_of
from gencraft_media.common.errors import FieldError, InvalidRequest, ObjectNotFound, PermissionRefused
from gencraft_media.daos.drafting import change_from
from gencraft_media.daos.models import ConfigurationPlan

# What a row that is no longer there has.
GONE = object()
# A row was deleted, or a newer engine has no such store or field.
_NO_MORE = (ObjectNotFound, KeyError)


def changes_of(plan: ConfigurationPlan) -> list[Change]:
    """The plan's changes."""
    return [change_from(document) for document in plan.changes]


def require_rights(actor: Any, changes: Sequence[Change]) -> None:
    """Raises `PermissionRefused` unless a person may change all of it by form. None is whoever runs the engine."""
    if actor is None:
        return
    stores = [store for change in changes if (store := _find_store(change.slot)) is not None]
    for permission in sorted({store.permission for store in stores}):
        if not actor.has_perm(permission):
            raise PermissionRefused(f"This plan needs the permission {permission}.")


def lock_rows(changes: Iterable[Change]) -> None:
    """Hold every row of the changes to the end of the transaction, in the one order that all plans keep."""
    for slot in sorted({Slot(change.slot.store, change.slot.row, "") for change in changes}, key=_address):
        try:
            store_of(slot).lock(slot.row)
        except _NO_MORE:
            # Who reads it will find it gone.
            continue


def value_now(slot: Slot) -> Any:
    """What a slot has now; `GONE` where its row is not there any more."""
    try:
        return store_of(slot).read(slot.row)[slot.field]
    except _NO_MORE:
        return GONE


def write_values(values: Mapping[Slot, Any], *, actor: Any, reason: str) -> None:
    """Write values, row by row, through the services that check and audit them.

    Raises `InvalidRequest` for one that cannot be kept.
    """
    rows: dict[Slot, dict[str, Any]] = defaultdict(dict)
    for slot, value in values.items():
        rows[Slot(slot.store, slot.row, "")][slot.field] = value
    for row in sorted(rows, key=_address):
        try:
            store_of(row).write(row.row, rows[row], actor=actor, reason=reason)
        except ValidationError as error:
            wrong = [FieldError(f"{row.store} {row.row}", text) for text in error.messages]
            raise InvalidRequest(f"It cannot be kept so: {' '.join(error.messages)}", errors=wrong) from error


def told_change(change: Change) -> dict[str, Any]:
    """A value that is not what the plan made it: what it is, and who changed it."""
    now = value_now(change.slot)
    return {
        "label": change.label,
        "now": None if now is GONE else now,
        "changedBy": store_of(change.slot).changed_by(change.slot.row) if now is not GONE else "",
    }


def _find_store(slot: Slot) -> Store | None:
    try:
        return store_of(slot)
    except KeyError:
        return None


def _address(slot: Slot) -> tuple[str, str]:
    return slot.store, slot.row
