"""Stores of versioned settings: a row is a scope, a value is a field of the version in force."""

from collections.abc import Mapping
from typing import Any

from gencraft_media.common.configuration import Store
from gencraft_media.common.exact_values import column_of, exact_value
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.scopes import newest_versions
from gencraft_media.common.settings_changes import newest_settings, save_settings
from gencraft_media.common.versioned import lock_scope


def settings_store(kind: type[VersionedSettings], name: str) -> Store:
    """The store of all scopes of `kind`. Every write is a new version with its audit entry."""

    def read(scope: str) -> Mapping[str, Any]:
        values = newest_settings(kind, scope).values()
        return {field: exact_value(column_of(kind, field), value) for field, value in values.items()}

    def write(scope: str, values: Mapping[str, Any], *, actor: Any, reason: str) -> None:
        changes = {field: _column_value(kind, field, value) for field, value in values.items()}
        save_settings(kind, changes, scope=scope, actor=actor, reason=reason)

    def lock(scope: str) -> None:
        lock_scope(kind, scope)

    def changed_by(scope: str) -> str:
        row = newest_settings(kind, scope)
        return str(row.changed_by) if row.changed_by is not None else ""

    permission = f"{kind._meta.app_label}.change_{kind._meta.model_name}"
    return Store(name=name, permission=permission, read=read, write=write, lock=lock, changed_by=changed_by)


def values_by_scope(kind: type[VersionedSettings], field: str) -> dict[str, Any]:
    """What every scope says of a field, as JSON has it; scopes that say nothing are left out."""
    column = column_of(kind, field)
    found = {scope: exact_value(column, getattr(row, field)) for scope, row in newest_versions(kind).items()}
    return {scope: value for scope, value in sorted(found.items()) if value is not None}


def _column_value(kind: type[VersionedSettings], name: str, value: Any) -> Any:
    """What the column keeps; a text that says nothing is empty."""
    column = column_of(kind, name)
    return "" if value is None and not column.null else column.to_python(value)
