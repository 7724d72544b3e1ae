"""Reads the sums: usage by whatever keys, latency, credits, storage. Nothing here counts jobs."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum

from gencraft_media.analytics.buckets import added, quantile_s
from gencraft_media.analytics.counting import Usage, micro
from gencraft_media.analytics.models import (
    CreditRollup,
    LatencyDay,
    LatencyRollup,
    RollupMark,
    StorageFigure,
    UsageHour,
    UsageRollup,
)
from gencraft_media.analytics.periods import Period
from gencraft_media.analytics.rollups import USAGE_MARK

_SUMS = tuple(Usage.__dataclass_fields__)
# What tables and charts show: sums of money take the database longest, and promises alone need the others.
SHOWN = (
    *("jobs", "completed", "failed", "cancelled", "outputs", "credits", "costs", "ratings", "good_ratings"),
    *("provider_cost", "revenue"),
)
# One row of a latency rollup: provider, model, completed, failed, buckets.
LatencyRow = tuple[str, str, int, int, list[int]]
# A day or an hour, as a key beside the columns.
SLOT = "slot"


@dataclass(frozen=True)
class Filters:
    """What a page is about: a period, and one project or (None) all of them."""

    period: Period
    project_id: uuid.UUID | None = None


@dataclass
class UsageFigures(Usage):
    """The sums of one group, named by `key`, and what follows from them."""

    key: dict[str, Any] = field(default_factory=dict)

    @property
    def success(self) -> float | None:
        """The share of jobs that were not cancelled and gave at least one output; None without any."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None

    @property
    def margin(self) -> Decimal:
        """US dollars left of what clients paid."""
        return self.revenue - self.provider_cost

    @property
    def margin_share(self) -> float | None:
        """Of what clients paid, what is left; None where they paid nothing."""
        return float(self.margin / self.revenue) if self.revenue else None

    @property
    def good_share(self) -> float | None:
        """The share of ratings with four and five stars; None without any."""
        return self.good_ratings / self.ratings if self.ratings else None


@dataclass(frozen=True)
class LatencyFigures:
    """How long the completed jobs of one group took."""

    key: str
    completed: int
    failed: int
    buckets: list[int]

    @property
    def p50_s(self) -> float | None:
        return quantile_s(self.buckets, 0.5)

    @property
    def p95_s(self) -> float | None:
        return quantile_s(self.buckets, 0.95)


@dataclass(frozen=True)
class Stored:
    """What is stored now, and how much less browsers load than the originals weigh."""

    assets: int
    size_bytes: int
    original_bytes: int

    @property
    def saved_bytes(self) -> int:
        return max(self.original_bytes - self.size_bytes, 0)


def usage_by(filters: Filters, *keys: str, only: Sequence[str] = _SUMS) -> list[UsageFigures]:
    """The sums of the period by columns of `UsageSums` or `SLOT`, in one query: all, or `only` some."""
    rows = _usage_rows(filters)
    groups = rows.order_by().values(*keys).annotate(**{f"sum_{name}": Sum(name) for name in only})
    return [
        UsageFigures(
            key={key: row[key] for key in keys},
            **{name: _exact(row[f"sum_{name}"]) for name in only},
        )
        for row in groups
    ]


def regrouped(rows: Iterable[UsageFigures], *keys: str) -> list[UsageFigures]:
    """The same sums by fewer keys; by none, one sum of everything. Most outputs first."""
    groups: dict[tuple[Any, ...], UsageFigures] = {} if keys else {(): UsageFigures()}
    for row in rows:
        key = {name: row.key[name] for name in keys}
        total = groups.setdefault(tuple(key.values()), UsageFigures(key=key))
        for name in _SUMS:
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return sorted(groups.values(), key=lambda one: (-one.outputs, -one.jobs, str(one.key)))


def latency_rows(period: Period) -> list[LatencyRow]:
    """The latencies of a period, of all projects, for `latency_by`."""
    rows = LatencyRollup.objects.filter(hour__gte=period.since) if period.hourly else _latency_days(period)
    return list(rows.values_list("provider", "model", "completed", "failed", "buckets"))


def latency_by(key: str, rows: Iterable[LatencyRow]) -> list[LatencyFigures]:
    """How long jobs took by `provider`, `model` (as provider/model) or "" (all together)."""
    groups: dict[str, list[tuple[int, int, list[int]]]] = defaultdict(list)
    for provider, model, completed, failed, buckets in rows:
        name = {"provider": provider, "model": f"{provider}/{model}"}.get(key, "")
        groups[name].append((completed, failed, buckets))
    return [
        LatencyFigures(
            key=name,
            completed=sum(row[0] for row in found),
            failed=sum(row[1] for row in found),
            buckets=added(*(row[2] for row in found)),
        )
        for name, found in sorted(groups.items())
    ]


def credits_by_kind(period: Period) -> dict[str, int]:
    """Credits that the ledger moved, by the kind of its entries; those taken are below zero."""
    rows = CreditRollup.objects.filter(hour__gte=period.since).order_by().values("kind")
    return {row["kind"]: row["sum"] for row in rows.annotate(sum=Sum("credits"))}


def stored(project_id: uuid.UUID | None = None) -> Stored:
    """What is stored, as it was when somebody last looked."""
    rows = StorageFigure.objects.all() if project_id is None else StorageFigure.objects.filter(project_id=project_id)
    sums = rows.aggregate(assets=Sum("assets"), size=Sum("size_bytes"), original=Sum("original_bytes"))
    return Stored(sums["assets"] or 0, sums["size"] or 0, sums["original"] or 0)


def counted_until() -> datetime | None:
    """How far the sums have come; None before the first run."""
    return RollupMark.objects.filter(name=USAGE_MARK).values_list("until", flat=True).first()


def _usage_rows(filters: Filters) -> "QuerySet[UsageHour] | QuerySet[UsageRollup]":
    period = filters.period
    rows: QuerySet[Any]
    if period.hourly:
        rows = UsageHour.objects.filter(hour__gte=period.since).annotate(slot=F("hour"))
    else:
        rows = UsageRollup.objects.filter(day__gte=period.since.date()).annotate(slot=F("day"))
    return rows if filters.project_id is None else rows.filter(project_id=filters.project_id)


def _latency_days(period: Period) -> Any:
    return LatencyDay.objects.filter(day__gte=period.since.date())


def _exact(value: Any) -> Any:
    return micro(value) if isinstance(value, Decimal) else value
