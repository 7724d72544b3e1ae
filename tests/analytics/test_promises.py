"""The specification's metrics: exact values, and a verdict only where there is enough to judge by."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from gencraft_media.analytics.models import MinuteProbe
from gencraft_media.analytics.promises import OK, RED, TOO_FEW, Promise, promises
from gencraft_media.analytics.rollups import remake
from tests.analytics.rows import NOON, make_asset, make_cost, make_job, make_output, make_rating
from tests.factories import make_project

pytestmark = pytest.mark.django_db
NOW = NOON + timedelta(hours=3)


def promise(key: str, now: datetime = NOW) -> Promise:
    return next(one for one in promises(now) if one.key == key)


def test_without_anything_there_is_no_value_and_no_verdict() -> None:
    assert {(one.key, one.value, one.sample, one.state) for one in promises(NOW)} == {
        (key, None, 0, TOO_FEW) for key in ("speed", "availability", "accuracy", "satisfaction", "batch-saving")
    }


def test_every_promise_says_how_it_is_counted() -> None:
    assert all(len(one.formula) > 40 and one.window_days == 30 for one in promises(NOW))


def test_the_share_of_standard_pictures_in_time_leaves_all_others_out() -> None:
    project = make_project()
    for number in range(20):
        make_job(project, seconds=31 if number < 2 else 12)
    make_job(project, seconds=300, params={"quality": "hd"})
    make_job(project, seconds=300, params={"width": 512})
    make_job(project, seconds=300, batch_size=2)
    make_job(project, seconds=300, operation="upscale")
    make_job(project, seconds=300, status="failed")
    make_job(project, seconds=300, at=NOON - timedelta(days=31))
    remake(NOON - timedelta(days=40))
    found = promise("speed")
    assert (found.value, found.sample, found.target, found.state) == (0.9, 20, 0.95, RED)


def test_nineteen_pictures_are_not_enough_for_a_verdict() -> None:
    project = make_project()
    for _ in range(19):
        make_job(project, seconds=5)
    remake(NOON)
    assert (promise("speed").value, promise("speed").state) == (1.0, TOO_FEW)


@pytest.mark.parametrize(("failing", "missing", "state"), [(2, 0, OK), (2, 1, RED), (3, 0, RED)])
def test_minutes_that_failed_or_were_not_written_down_were_down(failing: int, missing: int, state: str) -> None:
    minute = NOW.replace(minute=0)
    MinuteProbe.objects.bulk_create(
        MinuteProbe(minute=minute - timedelta(minutes=number), ok=number > failing)
        for number in range(1, 2001)
        if not 100 <= number < 100 + missing
    )
    found = promise("availability", minute)
    assert (found.sample, found.value) == (2000, (2000 - failing - missing) / 2000)
    assert found.state == state


def test_availability_looks_at_thirty_days_and_at_no_minute_that_is_not_over() -> None:
    MinuteProbe.objects.create(minute=NOW - timedelta(days=30, minutes=1), ok=False)
    MinuteProbe.objects.create(minute=NOW - timedelta(minutes=2), ok=True)
    MinuteProbe.objects.create(minute=NOW - timedelta(minutes=1), ok=True)
    MinuteProbe.objects.create(minute=NOW, ok=False)
    found = promise("availability")
    assert (found.value, found.sample, found.state) == (1.0, 2, TOO_FEW)


@pytest.mark.parametrize(("amount", "value", "state"), [("1.01", 0.0099009901, OK), ("1.02", 0.0196078431, RED)])
def test_estimates_above_and_below_do_not_make_up_for_each_other(amount: str, value: float, state: str) -> None:
    job = make_job(make_project())
    for number in range(20):
        off = Decimal(amount) - 1
        make_cost(job, amount=amount, quoted=str(Decimal(amount) + (off if number % 2 else -off)))
    make_cost(job, amount="50", quoted="1", certainty="suspected")
    remake(NOON)
    found = promise("accuracy")
    assert found.value == pytest.approx(value)
    assert (found.sample, found.state) == (20, state)


@pytest.mark.parametrize(("poor", "state"), [(1, OK), (2, RED)])
def test_satisfaction_is_the_share_of_four_and_five_stars(poor: int, state: str) -> None:
    job = make_job(make_project())
    for number in range(20):
        make_rating(make_asset(job), 3 if number < poor else 4 + number % 2)
    remake(NOON)
    found = promise("satisfaction")
    assert (found.value, found.sample, found.state) == ((20 - poor) / 20, 20, state)


@pytest.mark.parametrize(("paid", "value", "state"), [("0.32", 0.2, OK), ("0.34", 0.15, RED)])
def test_batches_are_compared_with_as_many_single_pictures(paid: str, value: float, state: str) -> None:
    project = make_project()
    discount = Decimal("0.40") - Decimal(paid)
    for _ in range(5):
        make_job(
            project,
            batch_size=8,
            delivered_count=4,
            delivered_total=Decimal(paid) / 2,
            quote={"totalCost": paid, "batchDiscount": str(discount)},
        )
    make_output(make_job(project, quote={"totalCost": "9", "batchDiscount": "0"}, delivered_count=1), cost="9")
    remake(NOON)
    found = promise("batch-saving")
    assert (found.value, found.sample, found.state) == (value, 5, state)
