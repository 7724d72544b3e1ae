"""Two operators at once on a real PostgreSQL: one wins, and nobody undoes what he has not seen."""

import functools
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from billing.models import PriceLine, PricingSettings
from billing.price_corrections import PriceName, correct_price
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.common.versioned import lock_scope
from gencraft_media.daos.expiry import end_due_plans
from gencraft_media.daos.models import ConfigurationPlan, PlanState
from gencraft_media.daos.services import apply_plan, undo_plan
from tests.daos.asking import applied, asked, proposed, value
from tests.daos.test_expiry import over
from tests.factories import make_super_admin
from tests.waiting import wait_until

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def at_once(calls: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run them all at one moment, each with a connection of its own; how often each outcome came."""
    begin = threading.Barrier(len(calls))
    connection.close()

    def run(call: Callable[[], object]) -> str:
        begin.wait(timeout=30)
        try:
            call()
        except GenCraftError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(run, calls))


def test_of_eight_who_confirm_one_plan_one_does() -> None:
    sam = make_super_admin()
    plan = proposed(asked("pricing.markup", percent="15"), actor=sam)
    outcomes = at_once([lambda: apply_plan(plan, actor=sam, digest=plan.digest)] * 8)
    assert outcomes == {"done": 1, "state_conflict": 7}
    assert PricingSettings.objects.count() == 1


@pytest.mark.parametrize("versions", [0, 1], ids=["no version yet", "a version to lock"])
def test_of_plans_for_the_same_value_one_wins(versions: int) -> None:
    sam = make_super_admin()
    for _ in range(versions):
        applied(asked("pricing.batch_discount_cap", percent="30"), actor=sam)
    plans = [proposed(asked("pricing.markup", percent=str(percent)), actor=sam) for percent in range(10, 16)]
    outcomes = at_once([functools.partial(apply_plan, plan, actor=sam, digest=plan.digest) for plan in plans])
    assert outcomes == {"done": 1, "state_conflict": 5}
    [winner] = ConfigurationPlan.objects.filter(state=PlanState.APPLIED, actions__0__action="pricing.markup")
    assert value("billing.pricing", "global", "markup_percent") == winner.changes[0]["after"]


def test_plans_that_touch_the_same_rows_in_any_order_do_not_wait_for_each_other_for_ever() -> None:
    sam = make_super_admin()
    for name, parameters in (("pricing.markup", {"percent": "1"}), ("quota.user", {"period": "day", "outputs": 9})):
        applied(asked(name, **parameters), actor=sam)
    one, two = asked("pricing.batch_discount", percent="1"), asked("quota.user", period="month", outputs=5)
    three, four = asked("pricing.batch_discount_cap", percent="50"), asked("quota.plan", plan="pro", outputs=7)
    plans = [proposed(one, two, actor=sam), proposed(four, three, actor=sam), proposed(two, actor=sam)]
    outcomes = at_once([functools.partial(apply_plan, plan, actor=sam, digest=plan.digest) for plan in plans])
    assert outcomes == {"done": 2, "state_conflict": 1}


def test_of_undoing_and_ending_by_itself_one_happens() -> None:
    sam = make_super_admin()
    plan = applied(asked("pricing.markup", percent="15"), actor=sam, holds_for_s=60)
    over(plan)
    outcomes = at_once([lambda: undo_plan(plan, actor=sam), end_due_plans, end_due_plans, end_due_plans])
    assert outcomes["done"] >= 3
    assert ConfigurationPlan.objects.get(pk=plan.pk).state in {PlanState.UNDONE, PlanState.ENDED}
    assert PricingSettings.objects.count() == 2
    assert value("billing.pricing", "global", "markup_percent") == "0"


@pytest.mark.parametrize("once_more", [False, True])
def test_of_a_plan_that_ends_beneath_another_that_is_undone_nothing_is_left(once_more: bool) -> None:
    sam = make_super_admin()
    beneath = applied(asked("pricing.markup", percent="15"), actor=sam, holds_for_s=3600)
    top = applied(asked("pricing.markup", percent="30"), actor=sam)
    over(beneath)
    outcomes = at_once([lambda: undo_plan(top, actor=sam), *[end_due_plans] * (3 if once_more else 1)])
    assert outcomes["done"] >= 2
    end_due_plans()
    assert value("billing.pricing", "global", "markup_percent") == "0"
    assert set(ConfigurationPlan.objects.values_list("state", flat=True)) == {PlanState.UNDONE, PlanState.ENDED}


def test_corrections_of_one_price_at_one_second_are_made_one_after_another() -> None:
    line = PriceLine.objects.create(
        provider="acme", model="painter", operation="*", amount="0.1", effective_from=database_now(), source="test"
    )
    since, name = database_now(), PriceName.of(line)
    amounts = [Decimal(cents) / 100 for cents in range(20, 26)]
    outcomes = at_once([functools.partial(correct_price, name, amount, since=since, actor=None) for amount in amounts])
    assert outcomes == {"done": 6}
    assert {made.amount for made in name.lines()} == {*amounts, Decimal("0.1")}


def test_who_waits_for_settings_that_were_never_saved_sees_what_was_saved_meanwhile() -> None:
    def plan_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return bool(cursor.fetchone()[0])

    sam = make_super_admin()
    plan = proposed(asked("pricing.markup", percent="15"), actor=sam)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_scope(PricingSettings, "global")
            confirming = pool.submit(at_once, [functools.partial(apply_plan, plan, actor=sam, digest=plan.digest)])
            wait_until(plan_waits, what="a plan that waits for the settings")
            save_settings(PricingSettings, {"markup_percent": "3"}, actor=sam)
        assert confirming.result(timeout=30) == {"state_conflict": 1}
    assert value("billing.pricing", "global", "markup_percent") == "3"
