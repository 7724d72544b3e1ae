"""Few credits and used-up quotas are told, once, to the project whose request brought it about."""

import uuid
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing.errors import InsufficientCredits, QuotaExceeded
from billing.ledger import change_plan, grant_credits, hold_credits, resolve_hold
from billing.models import CreditAccount, EntryKind, Plan, QuotaSettings
from billing.quotas import reserve_outputs, resolve_outputs
from gencraft_media.common.models import DomainEvent
from gencraft_media.common.versioned import change_settings
from tests.billing.accounts import fresh, owner_with

pytestmark = pytest.mark.django_db
PROJECT = uuid.uuid4()
ALICE = f"user:{uuid.uuid4()}"


def told(kind: str = "") -> list[DomainEvent]:
    """What was told so far, in order."""
    return list(DomainEvent.objects.filter(type__startswith=kind).order_by("id"))


def spend(owner: uuid.UUID, credits: int, project: uuid.UUID | None = PROJECT) -> uuid.UUID:
    """Credits set aside for a new job."""
    job = uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=credits, project_id=project)
    return job


def reserve(owner: uuid.UUID, units: int, **more: Any) -> uuid.UUID:
    """Outputs reserved for a new job."""
    job = uuid.uuid4()
    reserve_outputs(owner_id=owner, subject=ALICE, job_id=job, units=units, project_id=PROJECT, **more)
    return job


@pytest.fixture
def free() -> uuid.UUID:
    """An owner on the free plan: 10 outputs and 100 credits a month."""
    return owner_with(0, plan="free")


def test_the_request_that_leaves_few_credits_is_told_to_its_project(free: uuid.UUID) -> None:
    spend(free, 80)
    assert told() == []
    spend(free, 1, project=uuid.uuid4())
    spend(free, 10)
    (event,) = told()
    account = fresh(free)
    assert (event.type, event.subject_kind, event.subject_id, event.number) == (
        "credits.low", "credit_account", account.pk, 1
    )  # fmt: skip
    assert event.project_id not in (None, PROJECT)
    assert {name: event.payload[name] for name in ("available", "threshold", "plan")} == {
        "available": 19, "threshold": 20, "plan": "free"
    }  # fmt: skip
    assert event.payload["periodEnd"].startswith(f"{account.period_end:%Y-%m-%d}")
    assert account.event_count == 1


def test_it_is_told_again_only_after_there_was_enough(free: uuid.UUID) -> None:
    spend(free, 90)
    spend(free, 5)
    assert len(told()) == 1
    grant_credits(owner_id=free, credits=14, kind=EntryKind.PURCHASE, idempotency_key="a")
    spend(free, 1)
    assert len(told()) == 1
    grant_credits(owner_id=free, credits=2, kind=EntryKind.PURCHASE, idempotency_key="b")
    job = spend(free, 1)
    assert [event.number for event in told()] == [1, 2]
    resolve_hold(job_id=job, captured=0)
    assert fresh(free).available == 20
    spend(free, 1)
    assert [event.number for event in told()] == [1, 2, 3]
    assert [event.payload["available"] for event in told()] == [10, 19, 19]


def test_a_repeated_hold_and_a_refused_one_tell_nothing(free: uuid.UUID) -> None:
    with pytest.raises(InsufficientCredits):
        spend(free, 101)
    assert told() == []
    job = spend(free, 85)
    hold_credits(owner_id=free, job_id=job, credits=85, project_id=PROJECT)
    assert len(told()) == 1


@pytest.mark.parametrize(
    ("plan", "own", "threshold"), [("starter", None, 100), ("enterprise", None, 20), ("starter", 7, 7), ("free", 0, 0)]
)
def test_a_plan_says_what_few_are(plan: str, own: int | None, threshold: int) -> None:
    Plan.objects.filter(pk=plan).update(low_credits=own)
    owner = owner_with(1000, plan=plan)
    available = fresh(owner).available
    spend(owner, available - threshold)
    assert told() == []
    if threshold:
        spend(owner, 1)
        assert [event.payload["threshold"] for event in told()] == [threshold]


def test_another_plan_has_another_number(free: uuid.UUID) -> None:
    spend(free, 50)
    change_plan(free, "starter")
    spend(free, 860)
    assert [event.payload["threshold"] for event in told()] == [100]


def test_the_event_goes_with_the_change_that_failed(free: uuid.UUID) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        spend(free, 95)
        raise RuntimeError
    assert (told(), CreditAccount.objects.get(owner_id=free).event_count) == ([], 0)


def test_a_quota_is_told_at_four_fifths_and_at_all_of_it(free: uuid.UUID) -> None:
    reserve(free, 7)
    assert told() == []
    reserve(free, 1, requester={"externalUserId": "u-1"})
    reserve(free, 1)
    reserve(free, 1, requester={"userId": "x"})
    warning, reached = told("quota.")
    assert (warning.type, reached.type, warning.project_id) == ("quota.warning", "quota.reached", PROJECT)
    assert (warning.subject_id, warning.number, reached.number) == (reached.subject_id, 1, 2)
    facts = {name: warning.payload[name] for name in ("quota", "percent", "limit", "used", "externalUserId")}
    assert facts == {"quota": "plan_free", "percent": 80, "limit": 10, "used": 8, "externalUserId": "u-1"}
    assert warning.payload["period"].startswith("month:")
    assert warning.payload["resetsAt"] > f"{warning.created_at:%Y-%m-%d}"
    assert (reached.payload["percent"], reached.payload["used"], reached.payload["userId"]) == (100, 10, "x")


def test_what_is_given_back_and_reserved_again_is_no_news(free: uuid.UUID) -> None:
    for _ in range(3):
        resolve_outputs(job_id=reserve(free, 10), delivered=0)
    resolve_outputs(job_id=reserve(free, 8), delivered=8)
    assert [event.type for event in told()] == ["quota.reached"]


def test_a_larger_plan_has_numbers_of_its_own_in_the_same_month(free: uuid.UUID) -> None:
    reserve(free, 10)
    change_plan(free, "starter")
    reserve(free, 69)
    reserve(free, 1)
    assert [(event.type, event.payload["used"]) for event in told("quota.")] == [
        ("quota.reached", 10), ("quota.warning", 80)
    ]  # fmt: skip


def test_day_and_month_are_told_each_by_itself_and_the_unlimited_never() -> None:
    owner = owner_with(0)
    reserve(owner, 10_000)
    assert told() == []
    change_settings(QuotaSettings, {"user_daily": 10_005, "user_monthly": 20_000})
    reserve(owner, 5)
    (event,) = told()
    assert (event.payload["quota"], event.type) == ("user_daily", "quota.reached")


def test_a_refusal_tells_nothing_of_what_it_took_back() -> None:
    owner = owner_with(0, plan="free")
    change_settings(QuotaSettings, {"user_daily": 12})
    with pytest.raises(QuotaExceeded):
        reserve(owner, 11)
    assert told() == []


def test_who_is_far_from_any_limit_pays_no_statement_for_this() -> None:
    owner = owner_with(1000, plan="starter")
    reserve(owner, 1)
    with CaptureQueriesContext(connection) as reserving:
        reserve(owner, 1)
    with CaptureQueriesContext(connection) as holding:
        spend(owner, 1)
    # The plan, the time, the settings, the reservation, two counters; the account, the hold, the balances.
    assert (len(reserving), len(holding)) == (6, 3)
