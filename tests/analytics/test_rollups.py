"""The sums say what the rows say, however often and however late they are made."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.costs import settle_suspected_cost
from billing.ledger import grant_credits
from gencraft_media.analytics import rollups
from gencraft_media.analytics.models import (
    CreditRollup,
    LatencyDay,
    LatencyRollup,
    RollupMark,
    UsageHour,
    UsageRollup,
)
from gencraft_media.analytics.rollups import USAGE_MARK, prune_hours, remake, roll_up
from gencraft_media.common.clock import database_now
from tests.analytics.rows import NOON, make_asset, make_cost, make_job, make_output, make_rating
from tests.factories import make_project, make_super_admin

pytestmark = pytest.mark.django_db


def everything(kind: Any) -> list[dict[str, Any]]:
    """All columns of all rows but the key that the database gives."""
    rows = [{name: value for name, value in row.items() if name != "id"} for row in kind.objects.values()]
    return sorted(rows, key=str)


def all_sums() -> list[Any]:
    return [everything(kind) for kind in (UsageRollup, UsageHour, LatencyRollup, LatencyDay, CreditRollup)]


def one_of_each() -> None:
    """A single picture, a batch, a failure and a cancellation, all within an hour."""
    project = make_project()
    single = make_job(project, seconds=12)
    make_output(single, cost="0.05", credits=5)
    make_cost(single, quoted="0.04", amount="0.05")
    make_rating(make_asset(single), 5)
    batch = make_job(
        project,
        seconds=40,
        batch_size=4,
        delivered_count=3,
        delivered_total=Decimal("0.1275"),
        quote={"totalCost": "0.17", "batchDiscount": "0.03"},
    )
    for cost in ("0.0425", "0.0425", "0.0425"):
        make_output(batch, cost=cost, credits=4)
    make_cost(batch, quoted="0.16", amount="0.12")
    make_rating(make_asset(batch), 3)
    make_job(project, status="failed")
    make_job(project, status="canceled")
    make_cost(single, amount="9", certainty="suspected")


def test_a_day_has_every_figure_of_its_rows() -> None:
    one_of_each()
    remake(NOON)
    [row] = UsageRollup.objects.values(
        "day", "provider", "model", "operation", "jobs", "completed", "failed", "cancelled", "outputs", "credits",
        "provider_cost", "quoted_cost", "quote_error", "costs", "revenue", "batches", "batch_revenue", "single_price",
        "ratings", "good_ratings",
    )  # fmt: skip
    assert row == {
        "day": NOON.date(),
        "provider": "openai",
        "model": "gpt-image-1",
        "operation": "text-to-image",
        "jobs": 4,
        "completed": 2,
        "failed": 1,
        "cancelled": 1,
        "outputs": 4,
        "credits": 17,
        "provider_cost": Decimal("0.17"),
        "quoted_cost": Decimal("0.20"),
        "quote_error": Decimal("0.05"),
        "costs": 2,
        "revenue": Decimal("0.1775"),
        "batches": 1,
        "batch_revenue": Decimal("0.1275"),
        "single_price": Decimal("0.15"),
        "ratings": 2,
        "good_ratings": 1,
    }


def test_an_hour_has_the_latencies_of_standard_pictures_apart() -> None:
    one_of_each()
    remake(NOON)
    rows = LatencyRollup.objects.order_by("is_standard").values_list("is_standard", "completed", "failed")
    assert list(rows) == [(False, 1, 0), (True, 1, 1)]
    assert [sum(row.buckets) for row in LatencyRollup.objects.all()] == [1, 1]


def test_rolling_up_twice_is_rolling_up_once() -> None:
    one_of_each()
    roll_up()
    once = all_sums()
    roll_up()
    remake(NOON - timedelta(days=2))
    assert all_sums() == once
    assert once[0]


def test_rolling_up_finds_what_came_since_the_mark() -> None:
    project, now = make_project(), database_now()
    make_job(project, at=now - timedelta(days=40))
    roll_up()
    make_job(project, at=now - timedelta(minutes=2))
    roll_up()
    assert UsageRollup.objects.count() == 2
    assert RollupMark.objects.get(name=USAGE_MARK).until >= now


def test_a_row_that_was_committed_late_is_still_counted() -> None:
    now = database_now()
    make_job(make_project(), at=now - timedelta(hours=30))
    roll_up()
    make_job(make_project(), at=now - timedelta(minutes=10))
    roll_up()
    assert sum(row.jobs for row in UsageRollup.objects.all()) == 2


def test_a_cost_that_a_person_confirms_changes_the_day_it_was_made() -> None:
    project, now = make_project(), database_now()
    cost = make_cost(make_job(project, at=now - timedelta(days=20)), amount="0.25", certainty="suspected")
    roll_up()
    settle_suspected_cost(cost, confirmed=True, actor=make_super_admin(), note="on the invoice")
    roll_up()
    assert UsageRollup.objects.get().provider_cost == Decimal("0.25")


def test_what_is_gone_from_the_rows_goes_from_days_that_are_made_anew() -> None:
    make_job(make_project()).delete()
    job = make_job(make_project())
    remake(NOON)
    job.delete()
    remake(NOON)
    assert all_sums()[0] == []


def test_days_stay_when_their_hours_are_forgotten() -> None:
    one_of_each()
    remake(NOON)
    days = everything(UsageRollup), everything(LatencyDay)
    prune_hours(NOON + timedelta(days=9))
    assert (UsageHour.objects.count(), LatencyRollup.objects.count()) == (0, 0)
    assert (everything(UsageRollup), everything(LatencyDay)) == days
    remake(NOON)
    assert (everything(UsageRollup), everything(LatencyDay)) == days


def test_a_day_that_is_counted_whole_is_the_sum_of_its_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    one_of_each()
    remake(NOON)
    by_hours = everything(UsageRollup), everything(LatencyDay)
    monkeypatch.setattr(rollups, "_HOURS_KEPT", timedelta(days=1))
    for make in (lambda: remake(NOON), RollupMark.objects.all().delete, roll_up):
        make()
        assert (everything(UsageRollup), everything(LatencyDay)) == by_hours
    assert (UsageHour.objects.count(), LatencyRollup.objects.count()) == (0, 0)


def test_the_ledger_is_added_up_by_kind() -> None:
    project = make_project()
    grant_credits(owner_id=project.owner_id, credits=500, kind="purchase", idempotency_key="one")
    grant_credits(owner_id=project.owner_id, credits=250, kind="purchase", idempotency_key="two")
    roll_up()
    roll_up()
    bought = CreditRollup.objects.get(kind="purchase")
    assert (bought.credits, bought.entries) == (750, 2)


def test_an_engine_without_rows_has_no_sums_and_a_mark() -> None:
    roll_up()
    assert UsageRollup.objects.count() == 0
    assert RollupMark.objects.filter(name=USAGE_MARK).exists()
