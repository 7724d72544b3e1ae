"""How many credits a project may spend in a day and a month, so that concurrent requests cannot overrun it."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, QuerySet, Sum

from billing.errors import SpendCapReached
from billing.models import UNLIMITED, CreditHold, SpendCounter, SpendSettings
from billing.periods import day_start, month_start, next_day, next_month
from gencraft_media.common.remembered import remembered
from gencraft_media.common.rows import column_value
from gencraft_media.common.scopes import EVERYWHERE, newest_versions, plan_scope, project_scope, settled

# The period that the database is in, as the counters name it.
_DAY, _MONTH = (
    {
        "postgresql": f"TO_CHAR(STATEMENT_TIMESTAMP() AT TIME ZONE 'UTC', '\"{name}:\"{told}')",
        "sqlite": f"STRFTIME('{name}:{written}', 'NOW')",
    }
    for name, told, written in (("day", "YYYY-MM-DD", "%%Y-%%m-%%d"), ("month", "YYYY-MM", "%%Y-%%m"))
)
# Always the day before the month, as where they are read. Behind the account's lock, at the end of every paid job.
_COUNT = """
    INSERT INTO spend_counters (project_id, period, spent) VALUES (%s, {day}, %s), (%s, {month}, %s)
    ON CONFLICT (project_id, period) DO UPDATE SET spent = spend_counters.spent + excluded.spent
"""


@dataclass(frozen=True)
class SpendPolicy:
    """How many credits a project may spend in a day and in a month of UTC; -1 is unlimited."""

    credits_per_day: int = UNLIMITED
    credits_per_month: int = UNLIMITED


class _Cap(NamedTuple):
    """One period's limit."""

    name: str
    period: str
    limit: int
    resets_at: datetime


def spend_policy(project_id: uuid.UUID, plan_key: str) -> SpendPolicy:
    """What holds for a project and its owner's plan."""
    return settled(SpendPolicy(), _spend_settings(), (project_scope(project_id), plan_scope(plan_key), EVERYWHERE))


def require_within_caps(
    *,
    project_id: uuid.UUID,
    plan_key: str,
    credits: int,
    now: datetime,
    running: Iterable[uuid.UUID] | QuerySet[Any],
) -> None:
    """Raises `SpendCapReached` where the project may not spend `credits` more. Call it behind its payer's account lock.

    `running` are the project's other jobs that have not ended: what is held for them counts as spent.
    """
    caps = list(_caps(spend_policy(project_id, plan_key), now.astimezone(UTC))) if credits else []
    if not caps:
        return
    held = _held_for(running)
    spent = dict(
        SpendCounter.objects.filter(project_id=project_id, period__in=[cap.period for cap in caps]).values_list(
            "period", "spent"
        )
    )
    for cap in caps:
        used = held + spent.get(cap.period, 0)
        if used + credits > cap.limit:
            raise _reached(cap, used, credits)


def count_spent(project_id: uuid.UUID, credits: int) -> None:
    """Count credits that were taken just now for a job of the project."""
    vendor, key = connection.vendor, column_value(SpendCounter, "project_id", project_id)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(day=_DAY[vendor], month=_MONTH[vendor]), [key, credits, key, credits])


def _caps(policy: SpendPolicy, now: datetime) -> Iterator[_Cap]:
    if policy.credits_per_day != UNLIMITED:
        yield _Cap("day", f"day:{now:%Y-%m-%d}", policy.credits_per_day, next_day(day_start(now)))
    if policy.credits_per_month != UNLIMITED:
        yield _Cap("month", f"month:{now:%Y-%m}", policy.credits_per_month, next_month(month_start(now)))


def _held_for(running: Iterable[uuid.UUID] | QuerySet[Any]) -> int:
    holds = CreditHold.objects.filter(job_id__in=running)
    return holds.aggregate(held=Sum(F("monthly") + F("purchased")))["held"] or 0


def _reached(cap: _Cap, used: int, credits: int) -> SpendCapReached:
    return SpendCapReached(
        f"This project may spend {cap.limit} credits a {cap.name}; {used} are spent or set aside, {credits} more are "
        "wanted.",
        period=cap.name,
        limit=cap.limit,
        used=used,
        resetsAt=cap.resets_at.isoformat(),
    )


@remembered
def _spend_settings() -> Mapping[str, SpendSettings]:
    return newest_versions(SpendSettings)
