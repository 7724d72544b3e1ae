"""When another model steps in: not past the deadline, not for a job that stops, and once, whoever dies meanwhile."""

import pytest

from gencraft_media.generation import chances, circuits, fallback, refusal
from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from providers.errors import Unreachable
from tests.generation.driving import drive, one_round
from tests.generation.fallback.situations import FIRST, SECOND, attempts, events, start_with
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant, captured
from tests.generation.trouble import WorkerKilled, die, expire_leases, let_long_pass
from tests.generation.wire import Wire, once


def test_past_the_deadline_nobody_steps_in(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    job = start_with(alice)
    monkeypatch.setattr(chances, "left_s", lambda attempt: 0.0)
    job = drive(job)
    assert ((job.error or {})["code"], attempts(job)) == ("provider_unreachable", [(FIRST, "rejected")])


def test_nobody_steps_in_for_a_job_that_was_asked_to_stop(alice: Tenant, wire: Wire) -> None:
    job = start_with(alice, SECOND, "sim/slow")

    def stop() -> None:
        cancel_job(job.pk)
        raise Unreachable

    wire.before = once(stop)
    job = drive(job)
    assert (job.status, len(attempts(job)), captured(job)) == ("canceled", 1, 0)


def test_a_worker_that_dies_before_it_could_say_so_leaves_the_job_as_it_was(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start_with(alice)
    with monkeypatch.context() as patch:
        patch.setattr(refusal, "step_in", lambda *_: die())
        with pytest.raises(WorkerKilled):
            one_round()
    found = GenerationJob.objects.get(pk=job.pk)
    assert (found.model, found.receipt, attempts(job)) == (FIRST, job.receipt, [(FIRST, "submitting")])
    assert events(job) == []


def test_a_worker_that_dies_after_it_said_so_has_the_picture_made_once(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = start_with(alice)
    with monkeypatch.context() as patch:
        patch.setattr(circuits, "note_failure", lambda *_: die())
        with pytest.raises(WorkerKilled):
            one_round()
    expire_leases(job)
    job = drive(job)
    assert attempts(job) == [(FIRST, "rejected"), (SECOND, "settled")]
    assert (len(submissions()), len(events(job)), captured(job)) == (1, 1, 4)


def test_a_worker_that_lost_its_lease_lets_nobody_step_in(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    job = start_with(alice)
    find = fallback.find_stand_in

    def overtaken(attempt: GenerationAttempt, error: Exception) -> object:
        GenerationAttempt.objects.filter(pk=attempt.pk).update(fence=attempt.fence + 1)
        return find(attempt, error)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(refusal, "find_stand_in", overtaken)
        one_round()
    assert (events(job), attempts(job)) == ([], [(FIRST, "submitting")])
    GenerationAttempt.objects.update(lease_until=None)
    job = drive(job, each_round=lambda found: let_long_pass(found, "unknown_since"))
    assert ((job.error or {})["code"], len(attempts(job))) == ("outcome_unknown", 1)


def test_each_failure_of_a_chain_is_told(alice: Tenant) -> None:
    job = drive(start_with(alice, "sim/bad-key", "sim/no-credit", SECOND))
    assert [model for model, _ in attempts(job)] == ["sim/bad-key", "sim/no-credit", SECOND]
    told = [(one["from"], one["to"]) for one in job.receipt["fallbacks"]]
    assert told == [("sim/bad-key", "sim/no-credit"), ("sim/no-credit", SECOND)]
    assert [(one["from"], one["to"]) for one in events(job)] == told
