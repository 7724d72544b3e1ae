"""Putting back what was there before a change: the confirmation shows exactly what that does now."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.db import transaction
from django.http import Http404

from billing.models import Plan
from billing.plans import change_plan_terms
from gencraft_media.common.exact_values import column_of, exact_value
from gencraft_media.common.models import AuditEntry, VersionedSettings
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.common.settings_changes import (
    SettingsOutdated,
    audited_values,
    newest_settings,
    replaced_secrets,
    revert_settings,
)
from gencraft_media.console.media_settings.cards import State
from gencraft_media.console.media_settings.differences import Difference
from gencraft_media.console.media_settings.history import changes_between
from gencraft_media.generation.custom_models.services import change_custom_model
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.services import ACCOUNT_FIELDS, save_account, save_catalogue_row


class Reversal(ABC):
    """What putting back the state before one entry of the audit would do."""

    def __init__(self, entry: AuditEntry) -> None:
        self.entry = entry

    @abstractmethod
    def now(self) -> State:
        """What is in force."""

    @abstractmethod
    def then(self) -> Mapping[str, Any]:
        """What was before the change, as far as it can be put back."""

    @abstractmethod
    def put_back(self, *, actor: Any, reason: str, state: State) -> None:
        """Write it, audited. Raises what the services raise."""

    @property
    def changes_secrets(self) -> bool:
        """Whether a secret would come back, or go."""
        return False

    def differences(self) -> list[Difference]:
        """What would change."""
        then = self.then()
        now = {name: value for name, value in self.now().values.items() if name in then}
        return changes_between(self.entry.target_kind, now, then)


class SettingsReversal(Reversal):
    """Of versioned settings: all of the version before, secrets too."""

    def __init__(self, entry: AuditEntry) -> None:
        super().__init__(entry)
        self.kind: type[VersionedSettings] = apps.get_model(entry.target_kind)
        row = self.kind._default_manager.filter(pk=entry.target_id).first()
        if row is None:
            raise Http404
        earlier = self.kind._default_manager.filter(scope=row.scope, version__lt=row.version)
        self.earlier = earlier.order_by("-version").first() or self.kind(scope=row.scope, version=0)
        self.newest = newest_settings(self.kind, row.scope)

    def now(self) -> State:
        return State(_exact(self.kind, audited_values(self.newest)), str(self.newest.version))

    def then(self) -> Mapping[str, Any]:
        return _exact(self.kind, audited_values(self.earlier))

    def put_back(self, *, actor: Any, reason: str, state: State) -> None:
        revert_settings(self.earlier, actor=actor, reason=reason, made_from=self.newest.version)

    @property
    def changes_secrets(self) -> bool:
        return bool(replaced_secrets(self.newest, self.earlier))

    def differences(self) -> list[Difference]:
        secrets = replaced_secrets(self.newest, self.earlier)
        replaced = [Difference(name.replace("_", " ").capitalize(), "", "the one before") for name in secrets]
        shown = {difference.label for difference in replaced}
        return [*(one for one in super().differences() if one.label not in shown), *replaced]


_COLUMNS: Mapping[type[Any], tuple[str, ...]] = {
    Plan: ("monthly_outputs", "monthly_credits", "concurrent_jobs", "weight", "low_credits", "label"),
    Provider: ("enabled", "default_model", "label"),
    ProviderAccount: ACCOUNT_FIELDS,
    ProviderModel: ("enabled", "wiring"),
}


class RowReversal(Reversal):
    """Of a plan, a provider, an account or the relay's model: the columns that the entry names, never a key."""

    def __init__(self, entry: AuditEntry) -> None:
        super().__init__(entry)
        self.kind = apps.get_model(entry.target_kind)
        row = self.kind._default_manager.filter(pk=entry.target_id).first()
        if row is None:
            raise Http404
        self.row: Any = row

    def now(self) -> State:
        row = self.kind._default_manager.get(pk=self.row.pk)
        values = {name: getattr(row, name) for name in _COLUMNS[self.kind]}
        return State(_exact(self.kind, values))

    def then(self) -> Mapping[str, Any]:
        before = self.entry.before or {}
        return _exact(self.kind, {name: before[name] for name in _COLUMNS[self.kind] if name in before})

    def put_back(self, *, actor: Any, reason: str, state: State) -> None:
        reason = reason or f"Back to what was before change {self.entry.pk}"
        now, then = self.now().values, self.then()
        columns = {name: self._column_value(name, value) for name, value in then.items() if now[name] != value}
        if self.kind is Plan:
            change_plan_terms(self.row.pk, columns, actor=actor, reason=reason)
            return
        if self.kind is ProviderModel:
            change_custom_model(self.row, columns, actor=actor, reason=reason)
            return
        for name, value in columns.items():
            setattr(self.row, name, value)
        if isinstance(self.row, Provider):
            save_catalogue_row(self.row, actor=actor, changed=list(columns), reason=reason)
        else:
            save_account(self.row, actor=actor, reason=reason)

    def _column_value(self, name: str, value: Any) -> Any:
        column = column_of(self.kind, name)
        return "" if value is None and not column.null else column.to_python(value)


def can_be_reverted(entry: AuditEntry) -> bool:
    """Whether there is a state before it that can be put back."""
    kind = apps.get_model(entry.target_kind)
    return bool(entry.before) and (issubclass(kind, VersionedSettings) or kind in _COLUMNS)


def reversal_of(entry: AuditEntry) -> Reversal:
    """What would put back the state before `entry`. Raises Http404 where nothing can be."""
    if not can_be_reverted(entry):
        raise Http404
    kind = apps.get_model(entry.target_kind)
    return SettingsReversal(entry) if issubclass(kind, VersionedSettings) else RowReversal(entry)


def revert(entry: AuditEntry, *, seen: State | None, actor: Any, reason: str = "") -> None:
    """Put back the state before `entry`, if what is in force is what the person saw.

    Raises `SettingsOutdated`, or what the services raise; then nothing was changed.
    """
    with transaction.atomic():
        # Of settings the version holds; rows are held until they are written.
        apps.get_model(entry.target_kind)._default_manager.select_for_update().filter(pk=entry.target_id).first()
        reversal = reversal_of(entry)
        now = reversal.now()
        if seen != now:
            raise SettingsOutdated
        reversal.put_back(actor=actor, reason=reason, state=now)
        transaction.on_commit(forget_remembered)


def _exact(kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _json(column_of(kind, name), value) for name, value in values.items()}


def _json(column: Any, value: Any) -> Any:
    found = exact_value(column, value)
    return found if found is None or isinstance(found, str | int | bool | list | dict) else str(found)
