"""Keeps the sums: every run makes the hours anew that something may have happened in, so that it may run twice.

One hour is one transaction, behind one lock: its rows go, are counted and written again, and its day is added up from
its hours. Days whose hours are not kept any more are counted whole. docs/dashboard.md says what is in the sums.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.db.models import Model, Sum

from assets.models import AssetRating
from billing.models import LedgerEntry, MediaUsage, ProviderCost
from gencraft_media.analytics.buckets import added
from gencraft_media.analytics.counting import Counts, Usage, count_rows, micro
from gencraft_media.analytics.models import (
    CreditRollup,
    LatencyDay,
    LatencyRollup,
    RollupMark,
    UsageHour,
    UsageRollup,
)
from gencraft_media.common.clock import database_now
from gencraft_media.common.models import AuditEntry
from gencraft_media.generation.models import GenerationJob

USAGE_MARK = "usage"
_LOCK = "lock"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Rows carry the time at which their transaction began: one that took this long is still seen.
_OVERLAP = timedelta(minutes=15)
# After a long silence, so much is made up for in one run; the next one goes on.
_HOURS_AT_ONCE = 240
# Hours of this day and of so many before it; 24 hours are shown by hours, and a new hour changes its day alone.
_HOURS_KEPT = timedelta(days=8)
_ROWS_AT_ONCE = 500
_SETTLED = "billing.settle_suspected_cost"
_SOURCES: tuple[tuple[type[Model], str], ...] = (
    (GenerationJob, "completed_at"),
    (MediaUsage, "created_at"),
    (ProviderCost, "created_at"),
    (AssetRating, "rated_at"),
    (LedgerEntry, "created_at"),
)
_KEYS = ("project_id", "user_id", "provider", "model", "operation")
_LATENCY_KEYS = ("provider", "model", "operation", "is_standard")
_SUMS = tuple(Usage.__dataclass_fields__)


def roll_up() -> None:
    """Count everything up to now, and what became known late."""
    until = database_now()
    mark = RollupMark.objects.filter(name=USAGE_MARK).first()
    since = mark.until - _OVERLAP if mark is not None else until
    for day in _days_settled_since(since):
        _make_day(day, until)
    hour = _first_hour(since if mark is not None else None, until)
    for _ in range(_HOURS_AT_ONCE):
        if hour is None:
            break
        end = _make_from(hour, until)
        _note_progress(min(end, until))
        hour = _first_hour(end, until)
    else:
        return
    _note_progress(until)
    prune_hours(until)


def remake(since: datetime | date) -> None:
    """Make every day anew from the one of `since` on, from the rows as they are now."""
    now = database_now()
    moment = since if isinstance(since, datetime) else datetime.combine(since, time(), UTC)
    first = moment.astimezone(UTC).date()
    for day in sorted(_days_with_sums(first) | _days_with_rows(first, now)):
        _make_day(day, now)
    mark = RollupMark.objects.filter(name=USAGE_MARK).first()
    begins = datetime.combine(first, time(), UTC)
    # What lies before it and was never counted is left to the next run.
    if (mark is not None and mark.until >= begins) or _first_hour(None, begins) is None:
        _note_progress(now)


def prune_hours(now: datetime) -> None:
    """Forget hours whose days are added up."""
    for kind in (UsageHour, LatencyRollup):
        kind._default_manager.filter(hour__lt=hours_of(_first_day_by_hours(now))[0]).delete()


def hours_of(day: date) -> list[datetime]:
    """The hours of a UTC day."""
    midnight = datetime.combine(day, time(), UTC)
    return [midnight + number * HOUR for number in range(24)]


def _make_from(hour: datetime, now: datetime) -> datetime:
    """Make this hour anew, or the whole day where hours are not kept; gives the end of what was made."""
    day = hour.date()
    if day < _first_day_by_hours(now):
        _make_day(day, now)
        return hours_of(day)[0] + DAY
    with _alone():
        _forget(hour, hour + HOUR)
        _write_hour(hour)
        _add_up(day)
    return hour + HOUR


def _make_day(day: date, now: datetime) -> None:
    midnight = hours_of(day)[0]
    with _alone():
        _forget(midnight, midnight + DAY)
        if day < _first_day_by_hours(now):
            _write_day(day)
            return
        hour = _first_hour(midnight, midnight + DAY)
        while hour is not None:
            _write_hour(hour)
            hour = _first_hour(hour + HOUR, midnight + DAY)
        _add_up(day)


@contextmanager
def _alone() -> Iterator[None]:
    """One transaction. Two runs at once would both write an hour: the second waits here."""
    with transaction.atomic():
        RollupMark.objects.get_or_create(name=_LOCK, defaults={"until": database_now()})
        RollupMark.objects.select_for_update().get(name=_LOCK)
        yield


def _first_day_by_hours(now: datetime) -> date:
    return (now - _HOURS_KEPT).astimezone(UTC).date()


def _forget(start: datetime, end: datetime) -> None:
    for kind in (UsageHour, LatencyRollup, CreditRollup):
        kind._default_manager.filter(hour__gte=start, hour__lt=end).delete()


def _write_hour(hour: datetime) -> None:
    found = count_rows(hour, hour + HOUR)
    UsageHour.objects.bulk_create((UsageHour(hour=hour, **row) for row in _usage_of(found)), _ROWS_AT_ONCE)
    LatencyRollup.objects.bulk_create((LatencyRollup(hour=hour, **row) for row in _times_of(found)), _ROWS_AT_ONCE)
    _write_credits(hour, found)


def _write_day(day: date) -> None:
    midnight = hours_of(day)[0]
    found = count_rows(midnight, midnight + DAY)
    _replace_day(
        day,
        (UsageRollup(day=day, **row) for row in _usage_of(found)),
        (LatencyDay(day=day, **row) for row in _times_of(found)),
    )
    _write_credits(midnight, found)


def _usage_of(found: Counts) -> Iterator[dict[str, Any]]:
    return ({**dict(zip(_KEYS, key, strict=True)), **vars(sums)} for key, sums in found.usage.items())


def _times_of(found: Counts) -> Iterator[dict[str, Any]]:
    return ({**dict(zip(_LATENCY_KEYS, key, strict=True)), **sums.columns()} for key, sums in found.latency.items())


def _write_credits(hour: datetime, found: Counts) -> None:
    CreditRollup.objects.bulk_create(
        CreditRollup(hour=hour, kind=row["kind"], credits=row["sum"], entries=row["entries"]) for row in found.credits
    )


def _add_up(day: date) -> None:
    hours = {"hour__gte": hours_of(day)[0], "hour__lt": hours_of(day)[0] + DAY}
    groups = UsageHour.objects.filter(**hours).order_by().values(*_KEYS)
    rows = groups.annotate(**{f"sum_{name}": Sum(name) for name in _SUMS})
    usage = (
        UsageRollup(day=day, **{key: row[key] for key in _KEYS}, **{name: _exact(row[f"sum_{name}"]) for name in _SUMS})
        for row in rows
    )
    _replace_day(day, usage, _latency_of(day, LatencyRollup.objects.filter(**hours)))


def _replace_day(day: date, usage: Iterator[UsageRollup], latency: Iterator[LatencyDay]) -> None:
    UsageRollup.objects.filter(day=day).delete()
    UsageRollup.objects.bulk_create(usage, _ROWS_AT_ONCE)
    LatencyDay.objects.filter(day=day).delete()
    LatencyDay.objects.bulk_create(latency, _ROWS_AT_ONCE)


def _latency_of(day: date, hours: models.QuerySet[LatencyRollup]) -> Iterator[LatencyDay]:
    groups: dict[tuple[object, ...], list[LatencyRollup]] = defaultdict(list)
    for row in hours:
        groups[tuple(getattr(row, name) for name in _LATENCY_KEYS)].append(row)
    for key, rows in groups.items():
        yield LatencyDay(
            day=day,
            completed=sum(row.completed for row in rows),
            failed=sum(row.failed for row in rows),
            buckets=added(*(row.buckets for row in rows)),
            **dict(zip(_LATENCY_KEYS, key, strict=True)),
        )


def _first_hour(since: datetime | None, until: datetime) -> datetime | None:
    """The first hour from that of `since` on (None: of all times) and before `until` that something happened in."""
    begin = since.replace(minute=0, second=0, microsecond=0) if since is not None else None
    found = [moment for kind, column in _SOURCES if (moment := _first_row(kind, column, begin, until)) is not None]
    return min(found).replace(minute=0, second=0, microsecond=0) if found else None


def _first_row(kind: type[Model], column: str, since: datetime | None, until: datetime) -> datetime | None:
    rows = kind._default_manager.filter(**{f"{column}__lt": until})
    if since is not None:
        rows = rows.filter(**{f"{column}__gte": since})
    moment: datetime | None = rows.order_by(column).values_list(column, flat=True).first()
    return moment


def _days_with_rows(first: date, until: datetime) -> set[date]:
    days = set()
    hour = _first_hour(hours_of(first)[0], until)
    while hour is not None:
        days.add(hour.date())
        hour = _first_hour(hours_of(hour.date())[0] + DAY, until)
    return days


def _days_with_sums(first: date) -> set[date]:
    """Days to be made anew even if nothing is left of their rows."""
    hours = CreditRollup.objects.filter(hour__gte=hours_of(first)[0]).values_list("hour", flat=True).distinct()
    used = UsageRollup.objects.filter(day__gte=first).values_list("day", flat=True).distinct()
    return {hour.date() for hour in hours} | set(used)


def _days_settled_since(since: datetime) -> set[date]:
    """The days of costs that a person confirmed: their rows are older than that."""
    settled = AuditEntry.objects.filter(action=_SETTLED, created_at__gte=since).values_list("target_id", flat=True)
    costs = ProviderCost.objects.filter(pk__in=list(settled))
    return {moment.astimezone(UTC).date() for moment in costs.values_list("created_at", flat=True)}


def _note_progress(until: datetime) -> None:
    RollupMark.objects.get_or_create(name=USAGE_MARK, defaults={"until": until})
    RollupMark.objects.filter(name=USAGE_MARK, until__lt=until).update(until=until)


def _exact(value: Decimal | int) -> Decimal | int:
    return micro(value) if isinstance(value, Decimal) else value
