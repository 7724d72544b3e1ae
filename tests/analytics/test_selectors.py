"""What the sums say of a period, a project and a group."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from billing.ledger import grant_credits
from gencraft_media.accounts.models import Project
from gencraft_media.analytics.models import StorageFigure
from gencraft_media.analytics.periods import Period, period_of
from gencraft_media.analytics.rollups import remake, roll_up
from gencraft_media.analytics.selectors import (
    SLOT,
    Filters,
    UsageFigures,
    credits_by_kind,
    latency_by,
    latency_rows,
    regrouped,
    stored,
    usage_by,
)
from gencraft_media.analytics.stored import look_at_storage
from gencraft_media.common.clock import database_now
from tests.analytics.rows import NOON, make_asset, make_cost, make_job, make_output
from tests.factories import make_project

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def at_noon(key: str) -> Period:
    return period_of(key, NOON + timedelta(minutes=5))


def total(key: str, project: Project | None = None) -> UsageFigures:
    [figures] = regrouped(usage_by(Filters(at_noon(key), project.pk if project else None), "provider"))
    return figures


def test_a_period_of_days_begins_at_midnight_and_ends_with_today() -> None:
    period = period_of("7d", datetime(2026, 11, 20, 12, 30, tzinfo=UTC))
    assert period.since == datetime(2026, 11, 14, tzinfo=UTC)
    assert (len(period.slots), period.slots[-1]) == (7, datetime(2026, 11, 20, tzinfo=UTC))


def test_the_last_day_is_twenty_four_hours_with_the_present_one() -> None:
    slots = at_noon("24h").slots
    this_hour = NOON.replace(minute=0)
    assert (len(slots), slots[0], slots[-1]) == (24, this_hour - timedelta(hours=23), this_hour)


def test_an_unknown_period_is_thirty_days() -> None:
    assert at_noon("century").key == "30d"


def test_every_period_counts_what_ended_in_it() -> None:
    project = make_project()
    for days_ago in (0, 1, 6, 7, 29, 30, 89, 90):
        make_job(project, at=NOON - days_ago * DAY)
    make_job(project, at=NOON - timedelta(hours=20))
    remake(NOON - 100 * DAY)
    assert {key: total(key).jobs for key in ("24h", "7d", "30d", "90d")} == {"24h": 2, "7d": 4, "30d": 6, "90d": 8}


def test_a_project_has_its_own_figures() -> None:
    ours, theirs = make_project(), make_project()
    make_output(make_job(ours), cost="0.10", credits=10)
    make_cost(make_job(ours, status="failed"), amount="0.04")
    make_output(make_job(theirs), cost="5", credits=500)
    remake(NOON)
    figures = total("7d", ours)
    assert (figures.jobs, figures.outputs, figures.credits) == (2, 1, 10)
    assert (figures.revenue, figures.provider_cost, figures.margin) == (
        Decimal("0.10"),
        Decimal("0.04"),
        Decimal("0.06"),
    )
    assert figures.margin_share == pytest.approx(0.6)
    assert total("7d").outputs == 2


def test_success_leaves_cancelled_jobs_out() -> None:
    project = make_project()
    for status in ("completed", "completed", "completed", "failed", "canceled"):
        make_job(project, status=status)
    remake(NOON)
    assert total("7d").success == 0.75
    assert UsageFigures().success is None


def test_groups_come_with_the_most_outputs_first() -> None:
    project = make_project()
    for provider, outputs in (("flux", 1), ("openai", 3)):
        job = make_job(project, provider=provider)
        for _ in range(outputs):
            make_output(job)
    remake(NOON)
    rows = regrouped(usage_by(Filters(at_noon("7d")), SLOT, "provider", "model"), "provider")
    assert [(row.key["provider"], row.outputs) for row in rows] == [("openai", 3), ("flux", 1)]


@pytest.mark.parametrize("key", ["24h", "30d"])
def test_latency_is_told_by_provider(key: str) -> None:
    project = make_project()
    for seconds in (10, 10, 10, 40):
        make_job(project, seconds=seconds)
    make_job(project, provider="flux", seconds=3)
    make_job(project, provider="flux", status="failed", seconds=900)
    remake(NOON)
    rows = latency_rows(at_noon(key))
    flux, openai = latency_by("provider", rows)
    assert (flux.key, flux.completed, flux.failed) == ("flux", 1, 1)
    assert openai.p50_s == pytest.approx(10, rel=0.09)
    assert openai.p95_s == pytest.approx(40, rel=0.09)
    [everything] = latency_by("", rows)
    assert everything.completed == 5
    assert [one.key for one in latency_by("model", rows)] == ["flux/gpt-image-1", "openai/gpt-image-1"]


def test_credits_are_told_by_what_moved_them() -> None:
    owner = make_project().owner_id
    grant_credits(owner_id=owner, credits=700, kind="purchase", idempotency_key="bought")
    grant_credits(owner_id=owner, credits=-40, kind="adjust", idempotency_key="taken")
    roll_up()
    moved = credits_by_kind(period_of("24h"))
    assert (moved["purchase"], moved["adjust"]) == (700, -40)


def test_storage_is_what_lies_there_now() -> None:
    ours, theirs = make_job(make_project()), make_job(make_project())
    gone = make_asset(ours, size=100, original_size=900)
    make_asset(ours, size=200, original_size=800)
    make_asset(theirs, size=300, original_size=0, backend="s3")
    look_at_storage()
    gone.delete()
    look_at_storage()
    found = stored()
    assert (found.assets, found.size_bytes, found.saved_bytes) == (2, 500, 300)
    assert stored(ours.project_id).saved_bytes == 600


def test_a_large_store_is_looked_at_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gencraft_media.analytics.stored._FEW_ASSETS", 1)
    job = make_job(make_project())
    make_asset(job)
    look_at_storage()
    make_asset(job)
    look_at_storage()
    assert StorageFigure.objects.get().assets == 1
    assert database_now() is not None
