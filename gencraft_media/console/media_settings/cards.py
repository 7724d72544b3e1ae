"""A card of the hub: some settings that are read, changed and audited together, over what the person saw."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core import signing
from django.http import HttpRequest, QueryDict

from gencraft_media.common.models import AuditEntry, VersionedSettings
from gencraft_media.common.settings_changes import newest_settings, save_settings
from gencraft_media.common.versioned import lock_scope
from gencraft_media.console.media_settings.forms import CardForm, plain_value

_SALT = "media-settings"


@dataclass(frozen=True)
class State:
    """What a card shows, as JSON has it and without secrets; `version` changes with what it does not show, too."""

    values: Mapping[str, Any]
    version: str = ""

    def token(self) -> str:
        """The state for a form to carry."""
        return signing.dumps([self.values, self.version], salt=_SALT)

    @classmethod
    def of_token(cls, token: str) -> "State | None":
        """The state that a form was made from; None for what no form of ours carries."""
        try:
            values, version = signing.loads(token, salt=_SALT)
        except signing.BadSignature:
            return None
        return cls(values, version)


@dataclass(frozen=True)
class Tried:
    """One thing that was tried, whether it went well, and a sentence for the operator."""

    ok: bool
    message: str


class Card(ABC):
    """What one card shows and saves. `permissions` are Django's that saving needs, reading the first one's "view"."""

    key: str = ""
    title: str = ""
    about: str = ""
    permissions: tuple[str, ...] = ()
    form_class: ClassVar[type[CardForm]] = CardForm
    template: ClassVar[str] = "media_settings/card.html"

    @abstractmethod
    def state(self) -> State:
        """What is in force now, as the database has it."""

    @abstractmethod
    def lock(self) -> None:
        """Hold the rows until the transaction ends."""

    @abstractmethod
    def save(self, changes: Mapping[str, Any], *, actor: Any, reason: str, state: State) -> None:
        """Write what differs from `state`, audited. Raises ValidationError or `InvalidRequest` naming fields."""

    @property
    def check_label(self) -> str:
        """What the button says that tries the values; "" where there is nothing to be tried."""
        return ""

    def check(self, said: Mapping[str, Any]) -> list[Tried]:
        """Whether what a valid form says would work, in steps, the verdict last; nothing is saved or paid for."""
        return []

    def form(self, data: QueryDict | None = None, initial: Mapping[str, Any] | None = None) -> CardForm:
        """The form, filled in with `data` or `initial`."""
        return self.form_class(data, initial=dict(initial or {}), prefix=self.key)

    def last_change(self) -> AuditEntry | None:
        """The newest entry of the audit about this card's rows."""
        return None

    def secret_states(self) -> Mapping[str, str]:
        """By field: the end of the secret there is."""
        return {}

    def warning(self) -> str:
        """What the person who saved should know of the values now in force; "" for nothing."""
        return ""

    def extras(self, form: CardForm) -> dict[str, Any]:
        """What its template shows besides."""
        return {}


class SettingsCard(Card):
    """Versioned settings of a scope whose form has the names of the columns."""

    kind: ClassVar[type[VersionedSettings]]
    scope: str = "global"

    def row(self) -> Any:
        """The version in force."""
        return newest_settings(self.kind, self.scope)

    def state(self) -> State:
        row = self.row()
        secrets = self.form().secrets
        shown = {name: plain_value(value) for name, value in row.values().items() if name not in secrets}
        return State(shown, str(row.version))

    def lock(self) -> None:
        lock_scope(self.kind, self.scope)

    def save(self, changes: Mapping[str, Any], *, actor: Any, reason: str, state: State) -> None:
        columns = {name: self._column_value(name, value) for name, value in changes.items()}
        save_settings(
            self.kind, columns, scope=self.scope, actor=actor, reason=reason, made_from=int(state.version or 0)
        )

    def last_change(self) -> AuditEntry | None:
        row = self.row()
        if row.pk is None:
            return None
        return AuditEntry.objects.filter(target_kind=self.kind._meta.label_lower, target_id=str(row.pk)).first()

    def _column_value(self, name: str, value: Any) -> Any:
        column: Any = self.kind._meta.get_field(name)
        return column.to_python(value) if value is not None or column.null else ""


def may_see(request: HttpRequest, card: Card) -> bool:
    """Whether this person may read the card."""
    return request.user.has_perm(viewing(card.permissions[0])) or may_change(request, card)


def may_change(request: HttpRequest, card: Card) -> bool:
    """Whether this person may save it."""
    return request.user.has_perms(card.permissions)


def viewing(permission: str) -> str:
    """The permission to read what another one allows to change."""
    return permission.replace(".change_", ".view_")
