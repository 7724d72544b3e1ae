"""Many callers at once on a real PostgreSQL: credits and quotas are never overrun, nothing is written twice."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from billing.auditor import audit_billing
from billing.errors import InsufficientCredits, QuotaExceeded
from billing.ledger import account_of, hold_credits, resolve_hold
from billing.models import CreditAccount, HoldResolution, LedgerEntry, QuotaCounter
from billing.quotas import reserve_outputs, resolve_outputs
from gencraft_media.common.errors import GenCraftError
from tests.billing.accounts import fresh, owner_with
from tests.billing.test_holds import deliver

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

THREADS = 16


def outcomes_of(call: Callable[[], object], times: int, *, threads: int = THREADS) -> Counter[str]:
    """Call it so many times from as many threads as there are, all at once; how often each outcome came."""
    begin = threading.Barrier(threads)
    # The pool has one connection for each thread: this one must not keep another.
    connection.close()

    def run(share: Iterable[int]) -> list[str]:
        outcomes = []
        begin.wait(timeout=30)
        try:
            for _ in share:
                outcomes.append(outcome(call))
        finally:
            connection.close()
        return outcomes

    shares = [range(start, times, threads) for start in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return Counter(one for outcomes in pool.map(run, shares) for one in outcomes)


def outcome(call: Callable[[], object]) -> str:
    """The class of the refusal, or `done`."""
    try:
        with transaction.atomic():
            call()
    except GenCraftError as refusal:
        return type(refusal).__name__
    return "done"


def test_fifty_parallel_holds_on_credits_for_three_are_exactly_three() -> None:
    owner = owner_with(12)
    outcomes = outcomes_of(lambda: hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=4), 50)
    assert outcomes == {"done": 3, InsufficientCredits.__name__: 47}
    assert fresh(owner).available == 0
    assert audit_billing() == []


def test_thirty_callers_of_a_quota_with_one_unit_left_are_exactly_one() -> None:
    owner, subject = owner_with(0, plan="free"), f"user:{uuid.uuid4()}"
    reserve_outputs(owner_id=owner, subject=subject, job_id=uuid.uuid4(), units=9)
    outcomes = outcomes_of(lambda: reserve_outputs(owner_id=owner, subject=subject, job_id=uuid.uuid4(), units=1), 30)
    assert outcomes == {"done": 1, QuotaExceeded.__name__: 29}
    assert set(QuotaCounter.objects.values_list("reserved", flat=True)) == {10}


def test_an_account_is_opened_and_granted_once_by_many_callers() -> None:
    owner = uuid.uuid4()
    assert outcomes_of(lambda: account_of(owner), THREADS) == {"done": THREADS}
    assert (fresh(owner).available, LedgerEntry.objects.count()) == (100, 1)


def test_a_month_is_turned_over_once_by_many_callers() -> None:
    owner = owner_with(0, plan="free")
    CreditAccount.objects.filter(owner_id=owner).update(
        period_end="2025-02-01T00:00:00Z", period_start="2025-01-01T00:00:00Z"
    )
    outcomes_of(lambda: hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=0), THREADS)
    assert LedgerEntry.objects.filter(kind="expire").count() == 1


def test_a_hold_resolved_by_many_callers_is_taken_once() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=4)
    assert outcomes_of(lambda: resolve_hold(job_id=job, captured=3), THREADS) == {"done": THREADS}
    assert (fresh(owner).purchased, HoldResolution.objects.count()) == (7, 1)


def test_sixteen_threads_of_whole_jobs_leave_the_books_balanced() -> None:
    owners = [owner_with(400) for _ in range(3)]
    subjects = [f"user:{uuid.uuid4()}" for _ in range(4)]

    def live_one_job() -> None:
        job, credits = uuid.uuid4(), random.randrange(9)
        owner, subject = random.choice(owners), random.choice(subjects)
        with transaction.atomic():
            reserve_outputs(owner_id=owner, subject=subject, job_id=job, units=2)
            hold_credits(owner_id=owner, job_id=job, credits=credits)
        captured = random.randint(0, credits)
        with transaction.atomic():
            resolve_outputs(job_id=job, delivered=1)
            deliver(job, captured)
            resolve_hold(job_id=job, captured=captured)

    outcomes = outcomes_of(live_one_job, 320)
    assert set(outcomes) <= {"done", InsufficientCredits.__name__}
    assert outcomes["done"] > 50
    assert audit_billing() == []
    assert sum(fresh(owner).held for owner in owners) == 0
    spent = -sum(LedgerEntry.objects.filter(kind="capture").values_list("credits", flat=True))
    assert sum(fresh(owner).available for owner in owners) == 1200 - spent
