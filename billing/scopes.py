"""For whom settings hold: everybody ("global"), a plan's owners ("plan:<key>"), or one project ("project:<uuid>")."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.db.models import Q
from rest_framework import serializers

from billing.models import CreditAccount, Plan
from gencraft_media.accounts.models import Project
from gencraft_media.common.scopes import EVERYWHERE, PLAN, PROJECT, plan_scope, project_scope

# Owners without an account are on it (`billing.accounts.account_of`).
FIRST_PLAN = "free"


class ScopeField(serializers.CharField):
    """A scope that is there."""

    def __init__(self, *, plans: bool = True, **options: Any) -> None:
        self.takes_plans = plans
        super().__init__(**{"default": EVERYWHERE, "max_length": 100, **options})

    def to_internal_value(self, data: Any) -> str:
        scope = str(super().to_internal_value(data))
        kind, _, key = scope.partition(":")
        if scope == EVERYWHERE:
            return scope
        if kind == "plan" and self.takes_plans and Plan.objects.filter(pk=key).exists():
            return scope
        if kind == "project" and find_project(key) is not None:
            return project_scope(uuid.UUID(key))
        raise serializers.ValidationError(f"There is no {scope} here.", code="unknown")


def find_project(key: str) -> Project | None:
    """The project of that id."""
    return Project.objects.filter(pk__in=_ids([key])).first()


def scope_label(scope: str) -> str:
    """A scope in words: "for the plan Pro"."""
    return scope_labels([scope])[scope]


def scope_labels(scopes: Iterable[str]) -> dict[str, str]:
    """Scopes in words, in two queries however many they are."""
    scopes = list(scopes)
    keys = [scope.removeprefix(PLAN) for scope in scopes if scope.startswith(PLAN)]
    ids = _ids(scope.removeprefix(PROJECT) for scope in scopes if scope.startswith(PROJECT))
    found = {plan_scope(plan.pk): f"for the plan {plan.label}" for plan in Plan.objects.filter(pk__in=keys)}
    for project in Project.objects.filter(pk__in=ids):
        found[project_scope(project.pk)] = f"for the project {project.name}"
    # Of one that is gone, its key.
    return {scope: found.get(scope, _unnamed(scope)) for scope in scopes}


def _ids(keys: Iterable[str]) -> list[uuid.UUID]:
    """Those of some texts that are ids."""
    found = []
    for key in keys:
        with suppress(ValueError):
            found.append(uuid.UUID(key))
    return found


def _unnamed(scope: str) -> str:
    kind, _, key = scope.partition(":")
    return f"for the {kind} {key}" if key else "for everybody"


def projects_within(scope: str) -> Q:
    """Which projects a scope has: a condition on projects."""
    kind, _, key = scope.partition(":")
    if kind == "project":
        return Q(pk=key)
    if kind != "plan":
        return Q()
    accounts = CreditAccount.objects.values("owner_id")
    if key == FIRST_PLAN:
        return ~Q(owner_id__in=accounts.exclude(plan_id=key))
    return Q(owner_id__in=accounts.filter(plan_id=key))


def narrower_scopes(scope: str, others: Iterable[str]) -> list[str]:
    """Those of `others` that hold for a part of `scope` instead of it."""
    projects = {other.partition(":")[2]: other for other in others if other.startswith(PROJECT)}
    if scope == EVERYWHERE:
        return sorted(other for other in others if other != EVERYWHERE)
    if not scope.startswith(PLAN) or not projects:
        return []
    inside = Project.objects.filter(projects_within(scope), pk__in=projects)
    return sorted(projects[str(pk)] for pk in inside.values_list("pk", flat=True))


def wider_scopes(scope: str) -> list[str]:
    """The scopes that hold where `scope` says nothing, the next one first."""
    kind, _, key = scope.partition(":")
    if kind == "project":
        project = find_project(key)
        account = CreditAccount.objects.filter(owner_id=project.owner_id).first() if project is not None else None
        return [plan_scope(account.plan_id if account is not None else FIRST_PLAN), EVERYWHERE]
    return [EVERYWHERE] if kind == "plan" else []
