"""Changing versioned settings with a trace of who did it: the new version and its audit entry, or neither."""

from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import transaction

from gencraft_media.common.audit import MASKED, record_audit
from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.common.sealed import SealedTextField
from gencraft_media.common.versioned import change_settings, forget_settings, lock_scope

ACTION = "settings.change"
Settings = TypeVar("Settings", bound=VersionedSettings)


class SettingsOutdated(StaleTransition):
    """Somebody else changed these settings meanwhile; nothing was saved."""


@transaction.atomic
def save_settings(
    kind: type[Settings],
    changes: dict[str, Any],
    *,
    scope: str = "global",
    actor: Any,
    reason: str = "",
    made_from: int | None = None,
) -> Settings:
    """Save a new version of a scope with `changes` over the one in force, and audit it with secrets masked.

    `made_from` is the version that the person saw, 0 for none; None: whatever is in force. Raises `SettingsOutdated`
    where another one is in force, ValidationError for a value out of range, `StaleTransition` where that version was
    saved meanwhile.
    """
    # As where the version is written: `before` is what the new one stands on.
    lock_scope(kind, scope)
    before = newest_settings(kind, scope)
    if made_from is not None and before.version != made_from:
        raise SettingsOutdated
    changed_by = actor if isinstance(actor, get_user_model()) else None
    saved = change_settings(kind, changes, scope=scope, changed_by=changed_by, reason=reason)
    # What another thread read before the commit is not kept for the second that a reading may live.
    transaction.on_commit(forget_settings)
    transaction.on_commit(forget_remembered)
    facts = {**audited_values(saved), "scope": scope, "version": saved.version}
    if replaced := replaced_secrets(before, saved):
        facts["replaced"] = replaced
    was = {**audited_values(before), "scope": scope, "version": before.version}
    record_audit(actor=actor, action=ACTION, target=saved, before=was, after=facts, reason=reason)
    return saved


def revert_settings(row: Settings, *, actor: Any, reason: str = "", made_from: int | None = None) -> Settings:
    """Save a new version with the values of `row`, an older one; an unsaved row stands for the defaults.

    Raises what `save_settings` raises.
    """
    why = reason or (f"Back to version {row.version}" if row.version else "Back to the defaults")
    return save_settings(type(row), row.values(), scope=row.scope, actor=actor, reason=why, made_from=made_from)


def newest_settings(kind: type[Settings], scope: str = "global") -> Settings:
    """The version in force as the database has it now; the defaults of the class while none was saved."""
    return kind._default_manager.filter(scope=scope).order_by("-version").first() or kind(scope=scope, version=0)


def audited_values(row: VersionedSettings) -> dict[str, Any]:
    """The settings of a version for people to read: of a secret, that there is one."""
    sealed = {field.name for field in row._meta.concrete_fields if isinstance(field, SealedTextField)}
    return {name: MASKED if name in sealed and value else value for name, value in row.values().items()}


def replaced_secrets(before: VersionedSettings, after: VersionedSettings) -> list[str]:
    """The secrets that differ between two versions, by name."""
    sealed = [field.name for field in after._meta.concrete_fields if isinstance(field, SealedTextField)]
    return [name for name in sealed if getattr(before, name) != getattr(after, name)]
