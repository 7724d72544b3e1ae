"""The audit of the engine: what it finds, and how far back it looks."""

import logging
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from billing.ledger import hold_credits, resolve_hold
from billing.models import CreditAccount, CreditHold
from gencraft_media.common.clock import database_now, from_now
from gencraft_media.generation import auditor
from gencraft_media.generation.auditor import audit_engine
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.tasks import audit_ledger
from tests.generation.driving import drive
from tests.generation.tenants import Tenant


def found(*, recent: bool = False) -> set[tuple[str, str]]:
    """Which invariants are broken, and how."""
    return {(finding.invariant, finding.detail) for finding in audit_engine(recent=recent)}


def overcharge(job: GenerationJob, credits: int = 1) -> None:
    """Let the job say that it was charged something else than the ledger says."""
    GenerationJob.objects.filter(pk=job.pk).update(credits_charged=F("credits_charged") + credits)


WRONG = {
    ("I5", "charged another amount than was captured"),
    ("I5", "charged another amount than its outputs owe"),
    ("I7", "charged 5, usage says 4"),
}


def test_a_charge_that_neither_ledger_nor_usage_shows_is_found(alice: Tenant) -> None:
    job = drive(alice.start())
    overcharge(job)
    assert found() == found(recent=True) == WRONG
    overcharge(job, -1)


@pytest.mark.parametrize(
    ("created", "completed", "seen"), [(25, 25, False), (25, 23, True), (23, 23, True)], ids=["old", "ended", "new"]
)
def test_the_frequent_audit_looks_at_the_jobs_of_the_last_day(
    alice: Tenant, created: int, completed: int, seen: bool
) -> None:
    job = drive(alice.start())
    overcharge(job)
    now = database_now()
    GenerationJob.objects.filter(pk=job.pk).update(
        created_at=now - timedelta(hours=created), completed_at=now - timedelta(hours=completed)
    )
    assert found(recent=True) == (WRONG if seen else set())
    assert found() == WRONG
    overcharge(job, -1)


def test_the_frequent_audit_looks_at_the_accounts_of_the_last_day(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    CreditAccount.objects.update(purchased=F("purchased") + 1)
    with monkeypatch.context() as patch:
        patch.setattr(auditor, "database_now", lambda: database_now() + timedelta(days=2))
        assert found(recent=True) == set()
    assert {invariant for invariant, _ in found(recent=True)} == {"I7"}
    CreditAccount.objects.update(purchased=F("purchased") - 1)


@pytest.mark.parametrize("recent", [True, False])
def test_an_audit_takes_as_many_queries_for_many_jobs_as_for_one(
    alice: Tenant, django_assert_max_num_queries: Any, recent: bool
) -> None:
    for _ in range(3):
        drive(alice.start("sim/standard", batchSize=2, width=64, height=64))
    with django_assert_max_num_queries(30) as queries:
        assert audit_engine(recent=recent) == []
    many = len(queries)
    GenerationJob.objects.all().delete()
    with django_assert_max_num_queries(many):
        audit_engine(recent=recent)
    assert len(queries) == many


def test_an_open_hold_without_a_job_is_found(alice: Tenant) -> None:
    job_id = uuid.uuid4()
    hold_credits(owner_id=alice.project.owner_id, job_id=job_id, credits=1)
    assert found() == found(recent=True) == {("I5", "open without a job")}
    assert audit_engine()[0].subject == f"hold {CreditHold.objects.get(job_id=job_id).pk}"
    resolve_hold(job_id=job_id, captured=0)
    assert found() == set()


@pytest.mark.parametrize(("hours", "late"), [(5, False), (7, True)])
def test_an_attempt_that_lives_long_after_the_deadline_of_its_job_is_found(
    alice: Tenant, hours: int, late: bool
) -> None:
    job = alice.start()
    GenerationJob.objects.filter(pk=job.pk).update(
        deadline_at=from_now(-3600 * hours), created_at=database_now() - timedelta(days=2)
    )
    attempt = GenerationAttempt.objects.get()
    for recent in (True, False):
        findings = [(finding.subject, finding.detail) for finding in audit_engine(recent=recent)]
        assert findings == [(f"attempt {attempt.pk}", "planned, 6 hours after the deadline of its job")] * late
    GenerationJob.objects.filter(pk=job.pk).update(deadline_at=from_now(600))


def test_the_task_looks_at_the_last_day_and_at_night_at_everything(
    alice: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    job = drive(alice.start())
    overcharge(job)
    GenerationJob.objects.update(created_at=from_now(-90_000), completed_at=from_now(-90_000))
    with caplog.at_level(logging.ERROR):
        audit_ledger()
        assert "audit finding" not in caplog.text
        audit_ledger(everything=True)
        assert "audit finding" in caplog.text
    overcharge(job, -1)


def test_the_command_looks_at_everything(alice: Tenant) -> None:
    job = drive(alice.start())
    overcharge(job)
    GenerationJob.objects.update(created_at=from_now(-90_000), completed_at=from_now(-90_000))
    with pytest.raises(CommandError, match="3 findings"):
        call_command("audit_ledger")
    overcharge(job, -1)
    call_command("audit_ledger")


@pytest.mark.services
def test_two_audits_never_run_at_once(engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    began, may_end = threading.Event(), threading.Event()
    looked: list[bool] = []

    def look_slowly(*, recent: bool = False) -> list[Any]:
        looked.append(recent)
        began.set()
        assert may_end.wait(20)
        return []

    def audit(everything: bool) -> None:
        audit_ledger(everything=everything)
        connection.close()

    monkeypatch.setattr("gencraft_media.generation.tasks.audit_engine", look_slowly)
    first = threading.Thread(target=audit, args=(True,))
    second = threading.Thread(target=audit, args=(True,))
    first.start()
    assert began.wait(20)
    audit_ledger()
    second.start()
    second.join(0.5)
    assert looked == [False], "the frequent audit leaves out a turn, the one at night waits for its own"
    may_end.set()
    for thread in (first, second):
        thread.join(20)
    audit_ledger()
    assert looked == [False, False, True]
