"""Months: the plan's credits come with each, and leave with it."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.accounts import present_account
from billing.auditor import audit_billing
from billing.ledger import account_of, change_plan, hold_credits, resolve_hold
from billing.models import EntryKind, LedgerEntry, Plan
from billing.periods import month_start, next_day, next_month
from billing.plans import plan_of
from billing.tasks import open_credit_periods
from tests.billing.accounts import fresh, let_month_pass, owner_with
from tests.billing.test_holds import deliver

pytestmark = pytest.mark.django_db


def entries(owner_id: uuid.UUID, kind: EntryKind) -> list[int]:
    """The credits of the owner's entries of a kind, oldest first."""
    found = LedgerEntry.objects.filter(account__owner_id=owner_id, kind=kind)
    return list(found.order_by("created_at").values_list("credits", flat=True))


def test_the_specifications_plans_are_there() -> None:
    outputs = dict(Plan.objects.values_list("key", "monthly_outputs"))
    assert outputs == {"free": 10, "starter": 100, "pro": 1000, "enterprise": -1}


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        (
            datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (datetime(2028, 2, 29, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_period_is_a_calendar_month(at: datetime, start: datetime, end: datetime) -> None:
    assert (month_start(at), next_month(at)) == (start, end)
    assert next_day(datetime(2026, 12, 31, 5, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)


def test_opening_twice_grants_once() -> None:
    owner = uuid.uuid4()
    assert account_of(owner).available == account_of(owner, plan="pro").available == 100
    assert entries(owner, EntryKind.GRANT) == [100]


def test_what_is_left_of_a_month_expires_with_it(monkeypatch: Any) -> None:
    owner = owner_with(7, plan="starter")
    hold_credits(owner_id=owner, job_id=(job := uuid.uuid4()), credits=300)
    resolve_hold(job_id=job, captured=300)
    deliver(job, 300)
    let_next_month_come(owner, monkeypatch)
    assert (fresh(owner).monthly, fresh(owner).purchased) == (1000, 7)
    assert entries(owner, EntryKind.EXPIRE) == [-700]
    assert audit_billing() == []


def let_next_month_come(owner: uuid.UUID, monkeypatch: Any) -> None:
    """The clock goes on a month, and the housekeeping task runs."""
    later = next_month(next_month(fresh(owner).period_start))
    monkeypatch.setattr("billing.accounts.database_now", lambda: later)
    type(fresh(owner)).objects.filter(owner_id=owner).update(period_end=datetime(2025, 2, 1, tzinfo=UTC))
    open_credit_periods()


def test_credits_held_over_the_turn_of_a_month_are_taken_or_expire(monkeypatch: Any) -> None:
    owner, job = owner_with(0, plan="free"), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=60)
    let_next_month_come(owner, monkeypatch)
    assert (fresh(owner).monthly, fresh(owner).monthly_held, fresh(owner).available) == (160, 60, 100)
    resolve_hold(job_id=job, captured=20)
    deliver(job, 20)
    assert (fresh(owner).monthly, fresh(owner).available) == (100, 100)
    assert entries(owner, EntryKind.EXPIRE) == [-40, -40]
    assert audit_billing() == []


def test_a_hold_after_the_end_of_a_month_finds_the_new_months_credits() -> None:
    owner = owner_with(0, plan="free")
    let_month_pass(owner)
    hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=0)
    assert fresh(owner).period_end > datetime(2026, 1, 1, tzinfo=UTC)


def test_turning_over_twice_changes_nothing_more() -> None:
    owner = owner_with(0, plan="free")
    let_month_pass(owner)
    open_credit_periods()
    balance, count = fresh(owner).available, LedgerEntry.objects.count()
    open_credit_periods()
    assert (fresh(owner).available, LedgerEntry.objects.count()) == (balance, count)


def test_the_task_turns_over_as_many_accounts_as_are_due(monkeypatch: Any) -> None:
    owners = [owner_with(0, plan="free") for _ in range(5)]
    for owner in owners:
        let_month_pass(owner)
    monkeypatch.setattr("billing.accounts._DUE_AT_ONCE", 2)
    open_credit_periods()
    assert all(fresh(owner).period_end > datetime(2026, 1, 1, tzinfo=UTC) for owner in owners)


def test_an_account_is_read_in_the_present_month(monkeypatch: Any) -> None:
    owner = owner_with(7, plan="free")
    hold_credits(owner_id=owner, job_id=(job := uuid.uuid4()), credits=30)
    resolve_hold(job_id=job, captured=30)
    deliver(job, 30)
    assert present_account(owner).available == 77
    later = fresh(owner).period_end
    monkeypatch.setattr("billing.accounts.database_now", lambda: later)
    assert [present_account(owner).available for _ in range(2)] == [107, 107]
    assert (fresh(owner).monthly, fresh(owner).period_end) == (100, next_month(later))
    assert present_account(uuid.uuid4()).available == 100
    assert audit_billing() == []


def test_a_larger_plan_tops_the_month_up_once_however_often_it_is_changed() -> None:
    owner = owner_with(0, plan="free")
    for plan in ("starter", "free", "starter", "free", "starter"):
        change_plan(owner, plan)
    assert fresh(owner).monthly == 1000
    assert entries(owner, EntryKind.GRANT) == [100, 900]
    assert plan_of(owner).key == "starter"


def test_a_new_owners_plan_is_free() -> None:
    assert plan_of(uuid.uuid4()).key == "free"
