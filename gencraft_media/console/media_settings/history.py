"""Who changed what of a group, from the audit, and what would be put back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from billing.models import Plan
from billing.scopes import scope_label
from gencraft_media.common.models import AuditEntry, VersionedSettings
from gencraft_media.console.media_settings.differences import Difference, in_words
from gencraft_media.console.media_settings.groups import Group
from gencraft_media.console.media_settings.midjourney_card import MIDJOURNEY
from providers.models import Provider, ProviderAccount, ProviderModel

# Kept in the audit besides the values themselves.
_BESIDES = frozenset({"version", "scope", "has_credential", "has_new_credential", "replaced", "provider_id"})
_FRACTIONS = frozenset({"batch_discount_step", "batch_discount_cap"})


@dataclass(frozen=True)
class Entry:
    """One change, as people read it."""

    row: AuditEntry
    subject: str
    changes: list[Difference]


def entries_of(group: Group, user: Any) -> QuerySet[AuditEntry]:
    """The changes of those of a group's rows that the person may read, the newest first."""
    kinds = [kind for kind in group.kinds if _may_read(user, kind)]
    of_group = Q(target_kind__in=kinds)
    if "providers.provideraccount" in kinds:
        relay = ProviderModel.objects.filter(provider=MIDJOURNEY).values_list("pk", flat=True)
        of_group |= Q(target_kind="providers.providermodel", target_id__in=[str(pk) for pk in relay])
    return AuditEntry.objects.filter(of_group).order_by("-id")


def _may_read(user: Any, kind: str) -> bool:
    app, _, model = kind.partition(".")
    return any(user.has_perm(f"{app}.{right}_{model}") for right in ("view", "change"))


def told(row: AuditEntry) -> Entry:
    """An entry of the audit in words."""
    changes = changes_between(row.target_kind, row.before or {}, row.after or {})
    secrets = (row.after or {}).get("replaced", [])
    changes += [Difference(_words(name), "", "replaced") for name in secrets]
    if (row.after or {}).get("has_new_credential"):
        changes.append(Difference("Key", "", "replaced"))
    return Entry(row, subject_of(row), changes)


def changes_between(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What differs between two states of a row of `kind`."""
    names = [name for name in {**before, **after} if name not in _BESIDES and _same(before, after, name) is False]
    return [Difference(_words(name), _shown(name, before.get(name)), _shown(name, after.get(name))) for name in names]


def subject_of(row: AuditEntry) -> str:
    """What was changed: a provider, a plan, or settings with their scope and version."""
    kind = apps.get_model(row.target_kind)
    if issubclass(kind, VersionedSettings):
        said = row.after or {}
        scope = said.get("scope", "global")
        where = "" if scope == "global" else f" {scope_label(scope)}"
        return f"{_words(str(kind._meta.verbose_name_plural))}{where}, version {said.get('version', '?')}"
    if kind in (Plan, Provider, ProviderAccount, ProviderModel):
        found = kind._default_manager.filter(pk=row.target_id).first()
        return f"{_words(kind._meta.verbose_name or '')} {found or row.target_id}"
    return row.target_kind


def _same(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    # Numbers may be kept as "20" and as 20.
    return _shown(name, before.get(name)) == _shown(name, after.get(name))


def _shown(name: str, value: Any) -> str:
    if name in _FRACTIONS and value is not None:
        return f"{float(value) * 100:g} %"
    if isinstance(value, str) and value.replace(".", "", 1).isdigit() and "." in value:
        value = value.rstrip("0").rstrip(".")
    return in_words(None, value)


def _words(name: str) -> str:
    return str(name).replace("_", " ").capitalize()
