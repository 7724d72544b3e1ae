"""Counts the rows of one hour: jobs that ended, outputs, provider costs, ratings, entries of the ledger."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import CharField, Count, Field, OuterRef, QuerySet, Subquery, Sum, UUIDField

from assets.models import AssetRating
from assets.ratings import SATISFIED
from billing.models import CostCertainty, LedgerEntry, MediaUsage, ProviderCost
from billing.money import MICRO_USD
from gencraft_media.analytics.buckets import bucket_of, counted
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import JobStatus
from providers.operations import Operation

# Whose project, user or job is gone.
NOBODY = uuid.UUID(int=0)
# project, user, provider, model, operation
UsageKey = tuple[uuid.UUID, uuid.UUID, str, str, str]
# provider, model, operation, is_standard
LatencyKey = tuple[str, str, str, bool]
_MODEL = ("provider", "model", "operation")
_STANDARD = (Operation.TEXT_TO_IMAGE, 1, 1024, 1024, "standard")
# A foreign key would come as text from SQLite.
_OF_JOB: "dict[str, Field[Any, Any]]" = {"project_id": UUIDField(), "user_id": UUIDField(), "operation": CharField()}
_AT_ONCE = 2000


@dataclass
class Usage:
    """The columns of `UsageSums`."""

    jobs: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    outputs: int = 0
    provider_cost: Decimal = Decimal(0)
    quoted_cost: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)
    single_price: Decimal = Decimal(0)
    batch_revenue: Decimal = Decimal(0)
    batches: int = 0
    credits: int = 0
    ratings: int = 0
    good_ratings: int = 0
    costs: int = 0
    quote_error: Decimal = Decimal(0)


@dataclass
class Latency:
    """How jobs of one kind did: those that failed, and the buckets of those that did not."""

    failed: int = 0
    buckets: list[int] = field(default_factory=list)

    def columns(self) -> dict[str, Any]:
        """The columns of `LatencySums`."""
        return {"completed": len(self.buckets), "failed": self.failed, "buckets": counted(self.buckets)}


@dataclass(frozen=True)
class Counts:
    """Everything of one hour."""

    usage: dict[UsageKey, Usage]
    latency: dict[LatencyKey, Latency]
    credits: list[dict[str, Any]]


def count_rows(start: datetime, end: datetime) -> Counts:
    """Count what happened from `start` up to, not including, `end`."""
    counts = Counts(defaultdict(Usage), defaultdict(Latency), _ledger(start, end))
    for row in _ended_jobs(start, end):
        _count_job(counts, row)
    _count_outputs(counts.usage, start, end)
    _count_costs(counts.usage, start, end)
    _count_ratings(counts.usage, start, end)
    return counts


def _ended_jobs(start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    ended = GenerationJob.objects.filter(completed_at__gte=start, completed_at__lt=end).order_by()
    columns = ("status", "batch_size", "delivered_count", "delivered_total", "created_at", "completed_at")
    parts = ("params__width", "params__height", "params__quality", "quote__totalCost", "quote__batchDiscount")
    yield from ended.values("project_id", "user_id", *_MODEL, *columns, *parts).iterator(_AT_ONCE)


def _count_job(counts: Counts, row: dict[str, Any]) -> None:
    usage, latency = counts.usage[_key(row)], counts.latency[(*(row[name] for name in _MODEL), _is_standard(row))]
    usage.jobs += 1
    match row["status"]:
        case JobStatus.COMPLETED:
            usage.completed += 1
            latency.buckets.append(bucket_of((row["completed_at"] - row["created_at"]).total_seconds()))
        case JobStatus.FAILED:
            usage.failed += 1
            latency.failed += 1
        case _:
            usage.cancelled += 1
    if row["batch_size"] > 1 and row["delivered_count"]:
        _count_batch(usage, row)


def _count_batch(usage: Usage, row: dict[str, Any]) -> None:
    """What was delivered, at the quote's price with and without the batch discount."""
    whole = Decimal(row["quote__totalCost"] or 0) + Decimal(row["quote__batchDiscount"] or 0)
    usage.batches += 1
    usage.batch_revenue += micro(row["delivered_total"])
    usage.single_price += micro(whole * row["delivered_count"] / row["batch_size"])


def _is_standard(row: dict[str, Any]) -> bool:
    named = ("operation", "batch_size", "params__width", "params__height", "params__quality")
    return tuple(row[name] for name in named) == _STANDARD


def _count_outputs(usage: dict[UsageKey, Usage], start: datetime, end: datetime) -> None:
    rows = MediaUsage.objects.filter(created_at__gte=start, created_at__lt=end).order_by()
    groups = rows.values("project_id", "user_id", *_MODEL)
    for row in groups.annotate(count=Count("pk"), usd=Sum("cost"), used=Sum("credits_used")):
        sums = usage[_key(row)]
        sums.outputs += row["count"]
        sums.revenue += micro(row["usd"])
        sums.credits += row["used"]


def _count_costs(usage: dict[UsageKey, Usage], start: datetime, end: datetime) -> None:
    rows = ProviderCost.objects.filter(created_at__gte=start, created_at__lt=end, certainty=CostCertainty.CONFIRMED)
    owned = _with_job(rows, "job_id", "project_id", "user_id")
    for row in owned.values("project_id", "user_id", *_MODEL, "quoted", "amount").iterator(_AT_ONCE):
        sums = usage[_key(row)]
        sums.costs += 1
        sums.provider_cost += row["amount"]
        sums.quoted_cost += row["quoted"]
        sums.quote_error += abs(row["quoted"] - row["amount"])


def _count_ratings(usage: dict[UsageKey, Usage], start: datetime, end: datetime) -> None:
    """A rating counts for whoever had the picture made, which is not always who rates it."""
    rows = AssetRating.objects.filter(rated_at__gte=start, rated_at__lt=end)
    made = _with_job(rows, "asset__job_id", "user_id", "operation")
    for row in made.values("project_id", "user_id", *_MODEL, "stars").iterator(_AT_ONCE):
        sums = usage[_key(row)]
        sums.ratings += 1
        sums.good_ratings += row["stars"] >= SATISFIED


def _with_job(rows: QuerySet[Any], reference: str, *columns: str) -> QuerySet[Any]:
    """The rows, each with these columns of the job that it names; None where it is gone."""
    jobs = GenerationJob.objects.filter(pk=OuterRef(reference))
    found = {name: Subquery(jobs.values(name)[:1], output_field=_OF_JOB[name]) for name in columns}
    owned: QuerySet[Any] = rows.order_by().annotate(**found)
    return owned


def _ledger(start: datetime, end: datetime) -> list[dict[str, Any]]:
    rows = LedgerEntry.objects.filter(created_at__gte=start, created_at__lt=end).order_by()
    return list(rows.values("kind").annotate(sum=Sum("credits"), entries=Count("pk")))


def _key(row: dict[str, Any]) -> UsageKey:
    provider, model, operation = (row[name] or "" for name in _MODEL)
    return row["project_id"] or NOBODY, row["user_id"] or NOBODY, provider, model, operation


def micro(amount: Decimal) -> Decimal:
    """Whole micro-dollars: SQLite adds in floating point."""
    return amount.quantize(MICRO_USD, ROUND_HALF_EVEN)
