"""Models that come to their end: who uses them is told 60, 30 and 7 days before, and on the day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from gencraft_media.common.events import record_event
from gencraft_media.generation.models import GenerationJob, RetirementNotice
from providers.models import ProviderModel
from providers.selectors import ending_models

# Days before the end of which each is told once; 0: on the day, or as soon after it as the engine runs again.
NOTICE_DAYS = (60, 30, 7, 0)
# Whoever did not use a model for longer has moved on.
_USED_WITHIN = timedelta(days=90)
# An engine that is set up years later tells nobody what ended before it was there.
_TOLD_LATE = timedelta(days=30)


@dataclass(frozen=True)
class Ending:
    """The end of a model, and how many days are left to it; `notice` is the latest of `NOTICE_DAYS` that has come."""

    model: ProviderModel
    retires_at: date
    days_left: int
    notice: int


def endings(today: date | None = None) -> list[Ending]:
    """The models whose end is within the longest notice, the nearest first; those long over are not among them."""
    day = today or timezone.now().date()
    return sorted(_endings(day), key=lambda ending: (ending.retires_at, ending.model.provider_id, ending.model.name))


def _endings(day: date) -> Iterator[Ending]:
    for row in ending_models():
        if row.retires_at is None or row.retires_at < day - _TOLD_LATE:
            continue
        left = (row.retires_at - day).days
        due = [days for days in NOTICE_DAYS if left <= days]
        if due:
            yield Ending(row, row.retires_at, max(left, 0), min(due))


def announce_retirements(today: date | None = None) -> int:
    """Tell every project that uses a model of its end, once for each notice; returns how many were told."""
    return sum(_tell_its_users(ending) for ending in endings(today))


def _tell_its_users(ending: Ending) -> int:
    row = ending.model
    used = GenerationJob.objects.filter(
        _asked_for_or_served_by(row),
        created_at__gte=timezone.now() - _USED_WITHIN,
        project__isnull=False,
    )
    told = RetirementNotice.objects.filter(
        provider=row.provider_id, model=row.name, days=ending.notice, retires_at=ending.retires_at
    )
    users = used.exclude(project__in=told.values("project_id")).order_by().values("project_id")
    return sum(_tell(ending, user) for user in users.annotate(jobs=Count("pk"), last_used=Max("created_at")))


def _asked_for_or_served_by(row: ProviderModel) -> Q:
    """A job's own model is the one that served it last; where others stepped in, its receipt has the first one."""
    chosen = Q(receipt__chosen__provider=row.provider_id, receipt__chosen__model=row.name)
    return Q(provider=row.provider_id, model=row.name) | chosen


def _tell(ending: Ending, user: dict[str, Any]) -> bool:
    row = ending.model
    with transaction.atomic():
        notice, is_new = RetirementNotice.objects.get_or_create(
            project_id=user["project_id"],
            provider=row.provider_id,
            model=row.name,
            days=ending.notice,
            retires_at=ending.retires_at,
            defaults={"replaced_by": row.replaced_by, "jobs": user["jobs"]},
        )
        if is_new:
            record_event(
                subject_kind="retirement",
                subject_id=notice.pk,
                number=1,
                type="model.retiring" if ending.days_left else "model.retired",
                project_id=notice.project_id,
                payload=_payload(ending, user),
            )
    return is_new


def _payload(ending: Ending, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "provider": ending.model.provider_id,
        "model": ending.model.name,
        "retiresAt": ending.retires_at,
        "daysLeft": ending.days_left,
        # None: from that day on requests for the model are refused.
        "replacedBy": ending.model.replaced_by or None,
        "jobs": user["jobs"],
        "lastUsedAt": user["last_used"],
    }
