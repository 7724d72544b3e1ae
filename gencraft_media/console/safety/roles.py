"""Who of the staff may do what: three roles as groups of exact permissions. SuperAdmins need none of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.models import Group, Permission
from django.db import models

from gencraft_media.common.models import VersionedSettings

VIEW = ("view",)
EDIT = ("view", "add", "change")
# Whatever the engine adds to one of these later may be read by those who may read all of it.
ENGINE = ("analytics.*", "assets.*", "billing.*", "daos.*", "generation.*", "providers.*", "webhooks.*")
# Settings of any app: `<app>.settings`.
ALL_SETTINGS = tuple(f"{entry.removesuffix('*')}settings" for entry in ENGINE)

SECRETS = ("providers.provideraccount", "providers.custommodel", "webhooks.projectsigningsecret")


@dataclass(frozen=True)
class Grant:
    """Rights on tables: `app.model`, `app.*` for all of an app, `app.settings` for its versioned settings."""

    rights: tuple[str, ...]
    tables: tuple[str, ...]
    besides: tuple[str, ...] = ()


# In the order of docs/roles.md, which a test compares.
ROLES: dict[str, tuple[Grant, ...]] = {
    "Operator": (
        Grant(VIEW, (*ENGINE, "common.*", "accounts.user", "accounts.project", "accounts.membership")),
        Grant(EDIT, ("generation.*", "assets.*", "webhooks.*", "providers.*")),
        Grant(EDIT, ("billing.quotasettings", "daos.configurationplan")),
        Grant(EDIT, ("accounts.project", "accounts.membership", "accounts.apikey")),
        Grant(("delete",), ("accounts.membership",)),
    ),
    "Finance": (
        Grant(VIEW, ("analytics.*", "billing.*", "common.auditentry", "accounts.user", "accounts.project")),
        Grant(VIEW, ("generation.generationjob", "generation.generationitem", "generation.generationattempt")),
        Grant(VIEW, ("providers.provider", "providers.providermodel")),
        Grant(EDIT, ("billing.plan", "billing.priceline", "billing.settings")),
        Grant(EDIT, ("billing.creditaccount", "billing.providercost", "daos.configurationplan")),
    ),
    "Support": (
        Grant(
            VIEW,
            (*ENGINE, "common.domainevent", "accounts.user", "accounts.project", "accounts.membership"),
            # Nothing that names a key, and none of the settings.
            besides=(*SECRETS, *ALL_SETTINGS),
        ),
    ),
}


def follow_migrations(sender: AppConfig, **_: Any) -> None:
    """Receives `post_migrate`, which comes app by app, each with its permissions: acts on the last one."""
    if sender == [app for app in apps.get_app_configs() if app.models_module][-1]:
        give_roles_their_rights()


def give_roles_their_rights() -> None:
    """Each role gets exactly what ROLES says, on the tables that there are now."""
    Group.objects.bulk_create([Group(name=name) for name in ROLES], ignore_conflicts=True)
    groups = dict(Group.objects.filter(name__in=ROLES).values_list("name", "pk"))
    rows = Permission.objects.values_list("content_type__app_label", "codename", "pk")
    known = {(app, codename): pk for app, codename, pk in rows}
    given = Group.permissions.through.objects
    held = set(given.filter(group_id__in=groups.values()).values_list("group_id", "permission_id"))
    wanted = {(pk, known[right]) for name, pk in groups.items() for right in rights_of(name) if right in known}
    for group_id in {group_id for group_id, _ in held - wanted}:
        superfluous = {permission_id for holder, permission_id in held - wanted if holder == group_id}
        given.filter(group_id=group_id, permission_id__in=superfluous).delete()
    missing = wanted - held
    given.bulk_create([Group.permissions.through(group_id=group, permission_id=right) for group, right in missing])


def rights_of(role: str) -> set[tuple[str, str]]:
    """(app, codename) of every permission that the role has."""
    return {
        (model._meta.app_label, f"{right}_{model._meta.model_name}")
        for grant in ROLES[role]
        for model in _tables(grant)
        for right in grant.rights
    }


def _tables(grant: Grant) -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if _is_named(model, grant.tables) and not _is_named(model, grant.besides):
            yield model


def _is_named(model: type[models.Model], names: tuple[str, ...]) -> bool:
    app = model._meta.app_label
    own = {model._meta.label_lower, f"{app}.*"}
    if issubclass(model, VersionedSettings):
        own.add(f"{app}.settings")
    return not own.isdisjoint(names)
