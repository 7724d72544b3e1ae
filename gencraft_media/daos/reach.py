"""Whom changes touch: counted in the database, so that it takes as long for a hundred thousand projects as for ten."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q

from billing.scopes import projects_within
from gencraft_media.accounts.keys import live_keys
from gencraft_media.accounts.models import Membership, Project
from gencraft_media.common.clock import from_now
from gencraft_media.common.configuration import Change
from gencraft_media.common.scopes import PROJECT, plan_scope
from gencraft_media.generation.models import GenerationJob
from providers.models import ProviderModel

WINDOW = timedelta(days=30)


@dataclass(frozen=True)
class Reach:
    """How many projects, members of them, and live keys."""

    projects: int = 0
    users: int = 0
    keys: int = 0


def reach_of(changes: Iterable[Change]) -> Reach:
    """Whom changes touch: a scope's projects, a plan's, or those that used a provider or model in the last 30 days."""
    conditions = list(_conditions({(change.slot.store, change.slot.row) for change in changes}))
    if not conditions:
        return Reach()
    touched = Q()
    if Q() not in conditions:
        for condition in conditions:
            touched |= condition
    projects = Project.objects.filter(touched)
    within = {"project__in": projects} if touched else {}
    return Reach(
        projects=projects.count(),
        users=Membership.objects.filter(**within).values("user").distinct().count(),
        keys=live_keys().filter(**within).count(),
    )


def _conditions(rows: Iterable[tuple[str, str]]) -> Iterator[Q]:
    """Which projects the rows of stores are about. Those that are named themselves are one condition, however many."""
    named = set()
    for store, row in rows:
        if store in _BY_STORE:
            yield _BY_STORE[store](row)
        elif row.startswith(PROJECT):
            named.add(row.removeprefix(PROJECT))
        else:
            yield projects_within(row)
    if named:
        yield Q(pk__in=named)


def _on_plan(row: str) -> Q:
    return projects_within(plan_scope(row))


def _using_provider(row: str) -> Q:
    return _with_jobs(provider=row)


def _using_model(row: str) -> Q:
    model = ProviderModel.objects.filter(pk=row).first()
    return _with_jobs(provider=model.provider_id, model=model.name) if model is not None else Q(pk__in=[])


def _paying_price(row: str) -> Q:
    provider, model, operation, _, _ = json.loads(row)
    wanted = {"provider": provider, "model": model, "operation": operation}
    return _with_jobs(**{name: value for name, value in wanted.items() if value != "*"})


def _with_jobs(**facts: str) -> Q:
    recent = GenerationJob.objects.filter(created_at__gte=from_now(-WINDOW.total_seconds()), **facts)
    return Q(pk__in=recent.order_by().values("project_id").distinct())


_BY_STORE: dict[str, Callable[[str], Q]] = {
    "billing.plans": _on_plan,
    "billing.prices": _paying_price,
    "providers.provider": _using_provider,
    "providers.model": _using_model,
}
