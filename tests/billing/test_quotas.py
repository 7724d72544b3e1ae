"""Quotas count what was delivered and what may still be, for each requester, by day and month."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from billing.auditor import audit_billing
from billing.errors import QuotaExceeded, ReservationMismatch
from billing.models import QuotaCounter, QuotaReservation, QuotaSettings
from billing.quotas import reserve_outputs, resolve_outputs
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.versioned import change_settings
from tests.billing.accounts import owner_with

pytestmark = pytest.mark.django_db
ALICE = f"user:{uuid.uuid4()}"
BOB = f"user:{uuid.uuid4()}"


def reserve(owner: uuid.UUID, units: int, *, subject: str = ALICE, job_id: uuid.UUID | None = None) -> QuotaReservation:
    """Outputs for a new job, unless one is named."""
    return reserve_outputs(owner_id=owner, subject=subject, job_id=job_id or uuid.uuid4(), units=units)


def counts(subject: str = ALICE) -> set[tuple[int, int]]:
    """What the counters of the day and the month say: delivered, reserved."""
    return set(QuotaCounter.objects.filter(subject=subject).values_list("delivered", "reserved"))


def test_the_plans_number_is_the_limit_of_a_month() -> None:
    owner = owner_with(0, plan="free")
    reserve(owner, 9)
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(owner, 2)
    assert refusal.value.http_status == 429
    extra = refusal.value.extra
    assert (extra["quota"], extra["limit"], extra["used"]) == ("plan_free", 10, 9)
    assert datetime.fromisoformat(extra["resetsAt"]) > datetime.now(UTC)
    reserve(owner, 1)
    assert counts() == {(0, 10)}


def test_each_requester_has_a_quota_of_their_own() -> None:
    owner = owner_with(0, plan="free")
    reserve(owner, 10)
    reserve(owner, 10, subject=BOB)
    assert counts(BOB) == {(0, 10)}


def test_what_was_not_delivered_is_free_again() -> None:
    owner, job = owner_with(0, plan="free"), uuid.uuid4()
    reserve(owner, 8, job_id=job)
    resolve_outputs(job_id=job, delivered=5)
    assert counts() == {(5, 0)}
    reserve(owner, 5)
    with pytest.raises(QuotaExceeded):
        reserve(owner, 1)


def test_unlimited_plans_are_counted_all_the_same() -> None:
    owner, job = owner_with(0, plan="enterprise"), uuid.uuid4()
    reserve(owner, 5000, job_id=job)
    resolve_outputs(job_id=job, delivered=5000)
    assert counts() == {(5000, 0)}


def test_the_days_limit_of_the_settings_holds_whatever_the_plan() -> None:
    owner = owner_with(0)
    change_settings(QuotaSettings, {"user_daily": 3})
    reserve(owner, 3)
    with pytest.raises(QuotaExceeded, match="user_daily"):
        reserve(owner, 1)


def test_the_smaller_of_two_monthly_limits_is_the_one_named_and_the_day_is_given_back() -> None:
    owner = owner_with(0, plan="free")
    change_settings(QuotaSettings, {"user_monthly": 2})
    with pytest.raises(QuotaExceeded) as refusal:
        reserve(owner, 3)
    assert refusal.value.extra["quota"] == "user_monthly"
    assert counts() == {(0, 0)}


def test_a_limit_of_zero_lets_nothing_through() -> None:
    change_settings(QuotaSettings, {"user_daily": 0})
    with pytest.raises(QuotaExceeded):
        reserve(owner_with(0), 1)


def test_reserving_and_resolving_twice_counts_once() -> None:
    owner, job = owner_with(0, plan="free"), uuid.uuid4()
    assert reserve(owner, 4, job_id=job) == reserve(owner, 4, job_id=job)
    with pytest.raises(ReservationMismatch):
        reserve(owner, 5, job_id=job)
    resolve_outputs(job_id=job, delivered=3)
    resolve_outputs(job_id=job, delivered=3)
    with pytest.raises(ReservationMismatch):
        resolve_outputs(job_id=job, delivered=4)
    assert counts() == {(3, 0)}


def test_no_more_is_delivered_than_was_reserved() -> None:
    owner, job = owner_with(0, plan="free"), uuid.uuid4()
    reserve(owner, 4, job_id=job)
    with pytest.raises(ReservationMismatch):
        resolve_outputs(job_id=job, delivered=5)
    with pytest.raises(ObjectNotFound):
        resolve_outputs(job_id=uuid.uuid4(), delivered=0)


def test_a_new_day_has_a_new_counter(monkeypatch: Any) -> None:
    owner = owner_with(0)
    change_settings(QuotaSettings, {"user_daily": 1})
    for day in (1, 2):
        monkeypatch.setattr("billing.quotas.database_now", lambda day=day: datetime(2026, 12, day, tzinfo=UTC))
        reserve(owner, 1)
    assert set(QuotaCounter.objects.values_list("period", "reserved")) == {
        ("day:2026-12-01", 1),
        ("day:2026-12-02", 1),
        ("month:2026-12", 2),
    }


def test_the_auditor_finds_a_counter_that_lost_its_reservation() -> None:
    reserve(owner_with(0), 2)
    assert audit_billing() == []
    QuotaCounter.objects.update(reserved=3)
    assert {finding.invariant for finding in audit_billing()} == {"quota"}


def test_a_reservation_costs_few_queries(settings: Any, django_assert_max_num_queries: Any) -> None:
    settings.FRESH_FOR_S = 60.0
    owner = owner_with(0)
    reserve(owner, 1)
    with django_assert_max_num_queries(6):
        reserve(owner, 1)
