"""Whatever happened, the sums of the rollups are the counts of the rows."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.models import AssetRating
from billing.models import MediaUsage, ProviderCost
from gencraft_media.accounts.models import Project
from gencraft_media.analytics import rollups
from gencraft_media.analytics.buckets import added, bucket_of, counted
from gencraft_media.analytics.models import LatencyDay, LatencyRollup, UsageHour, UsageRollup
from gencraft_media.analytics.rollups import remake
from gencraft_media.generation.models import GenerationJob
from tests.analytics.rows import NOON, make_asset, make_cost, make_job, make_output, make_rating
from tests.factories import make_project

pytestmark = pytest.mark.django_db

KEYS = ("project_id", "user_id", "provider", "model", "operation")


@dataclass(frozen=True)
class Happening:
    """One job and what came of it, minutes after noon."""

    minute: int
    project: int
    model: str
    status: str
    seconds: float
    costs: tuple[str, ...]
    stars: int | None


happenings = st.builds(
    Happening,
    minute=st.integers(0, 60 * 50),
    project=st.integers(0, 1),
    model=st.sampled_from(["one", "two"]),
    status=st.sampled_from(["completed", "completed", "failed", "canceled"]),
    seconds=st.floats(0, 9000),
    costs=st.lists(st.decimals("0.000001", "9.999999", places=6).map(str), max_size=3).map(tuple),
    stars=st.none() | st.integers(1, 5),
)


def let_happen(projects: list[Project], happening: Happening) -> None:
    at = NOON + timedelta(minutes=happening.minute)
    job = make_job(
        projects[happening.project],
        at=at,
        status=happening.status,
        seconds=happening.seconds,
        model=happening.model,
    )
    if happening.status == "completed":
        for number, cost in enumerate(happening.costs):
            # Outputs may be settled on the day before their job.
            make_output(job, at=at - timedelta(hours=number), cost=cost, credits=number + 1)
    for cost in happening.costs:
        make_cost(job, amount=cost, quoted="1.5")
    if happening.stars is not None:
        make_rating(make_asset(job), happening.stars, at=at + timedelta(hours=1))


def day_of(moment: datetime | None) -> Any:
    assert moment is not None
    return moment.date()


def rows_by_day() -> dict[tuple[Any, ...], Counter[str]]:
    """Every figure of every day and group, from the rows one by one."""
    found: dict[tuple[Any, ...], Counter[str]] = {}

    def at(day: Any, row: Any, **more: Any) -> Counter[str]:
        values = {**{key: getattr(row, key, None) for key in KEYS}, **more}
        return found.setdefault((day, *(values[key] for key in KEYS)), Counter())

    jobs = {job.pk: job for job in GenerationJob.objects.all()}
    for job in jobs.values():
        at(day_of(job.completed_at), job).update(jobs=1, **{job.status: 1})
    for usage in MediaUsage.objects.all():
        micros = int(usage.cost * 1_000_000)
        at(day_of(usage.created_at), usage).update(outputs=1, revenue=micros, credits=usage.credits_used)
    for cost in ProviderCost.objects.all():
        job = jobs[cost.job_id]
        error = abs(cost.quoted - cost.amount)
        figures = {"provider_cost": cost.amount, "quoted_cost": cost.quoted, "quote_error": error}
        micros_of = {name: int(value * 1_000_000) for name, value in figures.items()}
        at(day_of(cost.created_at), cost, project_id=job.project_id, user_id=job.user_id).update(costs=1, **micros_of)
    for rating in AssetRating.objects.select_related("asset"):
        job = jobs[rating.asset.job_id]  # type: ignore[union-attr, index]
        more = {"user_id": job.user_id, "operation": job.operation}
        at(day_of(rating.rated_at), rating, **more).update(ratings=1, good_ratings=int(rating.stars >= 4))
    return {key: +counts for key, counts in found.items()}


def sums_by_day() -> dict[tuple[Any, ...], Counter[str]]:
    """The same, from the rollups."""
    plain = ("jobs", "completed", "failed", "outputs", "credits", "costs", "ratings", "good_ratings")
    money = ("revenue", "provider_cost", "quoted_cost", "quote_error")
    return {
        (row.day, *(getattr(row, key) for key in KEYS)): +Counter(
            {
                **{name: getattr(row, name) for name in plain},
                "canceled": row.cancelled,
                **{name: int(getattr(row, name) * 1_000_000) for name in money},
            }
        )
        for row in UsageRollup.objects.all()
    }


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(happenings, max_size=8), st.booleans())
def test_rollups_equal_counting_the_rows(db: None, happened: list[Happening], by_hours: bool) -> None:
    kept = rollups._HOURS_KEPT if by_hours else timedelta(days=-1)
    with transaction.atomic(), patch.object(rollups, "_HOURS_KEPT", kept):
        projects = [make_project(), make_project()]
        for happening in happened:
            let_happen(projects, happening)
        remake(NOON - timedelta(days=2))
        assert sums_by_day() == rows_by_day()
        completed = GenerationJob.objects.filter(status="completed")
        took = [(job.completed_at - job.created_at).total_seconds() for job in completed]  # type: ignore[operator]
        expected = counted(bucket_of(seconds) for seconds in took)
        assert added(*LatencyDay.objects.values_list("buckets", flat=True)) == expected
        hours = LatencyRollup.objects.values_list("buckets", flat=True)
        assert added(*hours) == (expected if by_hours else [])
        jobs = (kind._default_manager.aggregate(jobs=Sum("jobs"))["jobs"] or 0 for kind in (UsageHour, UsageRollup))
        assert tuple(jobs) == (len(happened) if by_hours else 0, len(happened))
        transaction.set_rollback(True)


def test_what_nobody_owns_any_more_is_counted_for_nobody() -> None:
    job = make_job(make_project())
    make_cost(job, amount="0.5")
    GenerationJob.objects.filter(pk=job.pk).update(project=None, user=None)
    orphan = make_job(make_project())
    make_cost(orphan, amount="0.25")
    orphan.delete()
    remake(NOON)
    row = UsageRollup.objects.get()
    assert (row.project_id, row.user_id) == (uuid.UUID(int=0), uuid.UUID(int=0))
    assert (row.jobs, row.provider_cost) == (1, Decimal("0.75"))
