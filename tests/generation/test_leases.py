"""Who may touch an attempt: one worker at a time, and none that lost its lease."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import StaleTransition
from gencraft_media.generation import finishing, landing, workflow
from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.leases import LeaseKeeper, claim
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.submission import submit
from tests.generation.driving import drive, drive_attempt, make_due, one_round
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant
from tests.generation.trouble import WorkerKilled, die, everything, expire_leases, let_long_pass, take_over
from tests.generation.wire import Wire, once
from tests.waiting import wait_until

ANY = frozenset(AttemptState.values)


def attempt_of(job: GenerationJob) -> GenerationAttempt:
    """The job's only attempt, as the database has it."""
    return GenerationAttempt.objects.get(job=job)


def test_an_attempt_is_claimed_by_one_worker_at_a_time(alice: Tenant) -> None:
    attempt = attempt_of(alice.start())
    first = claim(attempt.pk, ANY)
    assert first is not None
    assert claim(attempt.pk, ANY) is None
    expire_leases(attempt.job)
    second = claim(attempt.pk, ANY)
    assert second is not None
    assert second.fence == first.fence + 1


def test_a_claim_is_for_the_wanted_kind_of_step_only(alice: Tenant) -> None:
    attempt = attempt_of(alice.start())
    workflow.advance(str(attempt.pk), workflow.MEDIA_STEPS)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.fence, attempt.lease_until) == (AttemptState.PLANNED, 0, None)


def test_a_repeated_hint_for_a_step_that_was_done_does_nothing(alice: Tenant, wire: Wire) -> None:
    job = alice.start()
    attempt = drive_attempt(job, AttemptState.SETTLED)
    before = everything()
    for steps in (workflow.PROVIDER_STEPS, workflow.MEDIA_STEPS):
        workflow.advance(str(attempt.pk), steps)
    assert everything() == before
    assert len(wire.posts()) == 1


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_worker_that_lost_its_lease_during_a_call_writes_nothing(alice: Tenant, wire: Wire, method: str) -> None:
    job = alice.start()
    seen: list[dict[str, Any]] = []

    def lose_the_lease() -> None:
        take_over(job)
        seen.append(everything())

    wire.after = once(lose_the_lease, method)
    drive(job, until=lambda found: seen)
    assert everything() == seen[0]
    expire_leases(job)
    assert drive(job).status == "completed"
    assert len(submissions()) == 1


@pytest.mark.parametrize("place", ["landing.after_store", "landed.before_commit", "inspect.after", "store.after"])
def test_a_worker_that_lost_its_lease_over_a_picture_writes_nothing(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    job = alice.start()
    seen: list[dict[str, Any]] = []

    def lose_the_lease(name: str) -> None:
        if name == place and not seen:
            take_over(job)
            seen.append(everything())

    for module in (landing, finishing):
        monkeypatch.setattr(module, "crashpoint", lose_the_lease)
    drive(job, until=lambda found: seen)
    assert everything() == seen[0]
    expire_leases(job)
    assert drive(job).status == "completed"


# The model, when its worker dies, the request's end, and how often the provider took it.
DEATHS = [
    ("sim/dropped-idempotent", "before", "completed", 1),
    ("sim/dropped-idempotent", "after", "completed", 1),
    ("sim/dropped-listable", "before", "failed", 0),
    ("sim/dropped-listable", "after", "completed", 1),
    ("sim/dropped-callback", "before", "failed", 0),
    ("sim/dropped-callback", "after", "failed", 1),
    ("sim/dropped-none", "before", "failed", 0),
    ("sim/dropped-none", "after", "failed", 1),
]


@pytest.mark.parametrize(("model", "moment", "status", "taken"), DEATHS)
def test_a_worker_that_dies_in_the_call_leaves_an_unknown_outcome_that_is_not_sent_again(
    alice: Tenant, wire: Wire, model: str, moment: str, status: str, taken: int
) -> None:
    job = alice.start(model)
    setattr(wire, moment, once(die))
    with pytest.raises(WorkerKilled):
        drive(job)
    assert attempt_of(job).state == AttemptState.SUBMITTING
    one_round()
    assert attempt_of(job).state == AttemptState.SUBMITTING, "its lease still runs"
    expire_leases(job)
    make_due()
    # The first look finds what can be found; after that the grace time is over.
    looks: list[GenerationJob] = []

    def lose_patience(found: GenerationJob) -> None:
        looks.append(found)
        if len(looks) > 3:
            let_long_pass(found, "unknown_since")

    job = drive(job, each_round=lose_patience)
    assert (job.status, len(submissions())) == (status, taken)
    if status == "failed":
        assert (job.error or {})["code"] == "outcome_unknown"
    if model != "sim/dropped-idempotent":
        assert len(wire.posts()) == 1


def test_a_cancel_overtakes_a_worker_that_has_not_sent_yet(alice: Tenant, wire: Wire) -> None:
    job = alice.start()
    attempt = claim(attempt_of(job).pk, ANY)
    assert attempt is not None
    cancel_job(job.pk)
    with pytest.raises(StaleTransition):
        submit(attempt)
    assert wire.sent == []
    job.refresh_from_db()
    assert job.status == "canceled"


def test_leases_are_renewed_while_a_step_runs_and_only_then(alice: Tenant, settings: Settings) -> None:
    settings.LEASE_RENEWAL_S = 0.02
    job = alice.start()
    attempt = claim(attempt_of(job).pk, ANY)
    assert attempt is not None
    GenerationAttempt.objects.update(lease_until=database_now() + timedelta(seconds=1))
    keeper = LeaseKeeper()
    with keeper.keeping(attempt):
        wait_until(
            lambda: (attempt_of(job).lease_until or database_now()) > database_now() + timedelta(seconds=10),
            what="a renewed lease",
        )
    wait_until(lambda: keeper._thread is None, what="the end of the renewing thread")


def test_a_step_that_lost_its_lease_does_not_end_the_renewal_of_the_one_after_it(
    alice: Tenant, settings: Settings
) -> None:
    settings.LEASE_RENEWAL_S = 0.02
    job = alice.start()
    late = claim(attempt_of(job).pk, ANY)
    expire_leases(job)
    successor = claim(attempt_of(job).pk, ANY)
    assert late is not None
    assert successor is not None
    keeper = LeaseKeeper()
    with keeper.keeping(successor):
        with keeper.keeping(late):
            pass
        GenerationAttempt.objects.update(lease_until=database_now() + timedelta(seconds=1))
        wait_until(
            lambda: (attempt_of(job).lease_until or database_now()) > database_now() + timedelta(seconds=10),
            what="a renewed lease",
        )
    wait_until(lambda: keeper._thread is None, what="the end of the renewing thread")


def test_the_lease_of_another_worker_is_never_renewed(alice: Tenant) -> None:
    job = alice.start()
    attempt = claim(attempt_of(job).pk, ANY)
    assert attempt is not None
    take_over(job)
    before = attempt_of(job).lease_until
    LeaseKeeper()._renew([attempt.pk])
    assert attempt_of(job).lease_until == before
