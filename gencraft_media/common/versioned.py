"""Reading and changing versioned settings: the newest row of a scope holds, every change is a new row."""

import time
from typing import Any, TypeVar

from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction

from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.models import VersionedSettings

Settings = TypeVar("Settings", bound=VersionedSettings)

# Every process re-reads within FRESH_FOR_S; nothing is ever told that settings changed.
_read: dict[tuple[type[VersionedSettings], str], tuple[float, VersionedSettings]] = {}


def current_settings(kind: type[Settings], scope: str = "global") -> Settings:
    """The settings in force, at most a second old; the defaults of the class while no version was ever saved."""
    kept = _read.get((kind, scope))
    if kept is not None and time.monotonic() - kept[0] < django_settings.FRESH_FOR_S:
        return kept[1]  # type: ignore[return-value]
    manager = kind._default_manager
    row = manager.filter(scope=scope).order_by("-version").first() or kind(scope=scope, version=0)
    _read[(kind, scope)] = (time.monotonic(), row)
    return row


def forget_settings() -> None:
    """Read anew on the next use, in this process."""
    _read.clear()


def lock_scope(kind: type[VersionedSettings], scope: str) -> None:
    """Hold the settings of a scope to the end of the transaction, whether or not a version was ever saved."""
    # The oldest row is the lock: whoever waited for the newest would then build on an outdated one.
    rows = kind._default_manager.filter(scope=scope).select_for_update().order_by("version")
    if rows.first() is None and connection.vendor == "postgresql":
        name = f"{kind._meta.label_lower} {scope}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        # Whoever held the name before may have saved the first version, which is the lock then.
        rows.first()


def change_settings(
    kind: type[Settings], changes: dict[str, Any], *, scope: str = "global", changed_by: Any = None, reason: str = ""
) -> Settings:
    """Save a new version with `changes` over the one in force.

    Raises ValidationError for a value out of range, `StaleTransition` where that version was saved meanwhile.
    """
    versions = kind._default_manager.filter(scope=scope)
    try:
        with transaction.atomic():
            lock_scope(kind, scope)
            base = versions.order_by("-version").first() or kind(scope=scope, version=0)
            values = {**base.values(), **changes}
            row = kind(**values, scope=scope, version=base.version + 1, changed_by=changed_by, reason=reason)
            # Nobody is named for what the engine changes itself.
            row.full_clean(exclude=["changed_by"], validate_constraints=False)
            row.save(force_insert=True)
    except IntegrityError as error:
        raise StaleTransition from error
    forget_settings()
    return row
