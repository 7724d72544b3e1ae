"""Three attempts, further and further apart, and only where it is known that nothing was accepted."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest
from django.conf import settings

from gencraft_media.common.clock import from_now
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.planning import backoff_s
from gencraft_media.generation.states import AttemptState
from providers.errors import Unreachable
from providers.sim import faults
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant
from tests.generation.wire import Wire, once


def waits_s(job: GenerationJob) -> list[float]:
    """How long after the end of each attempt the next one was due, as planned."""
    attempts = list(job.attempts.order_by("number"))
    return [
        (after.next_step_at - (before.finished_at or after.next_step_at)).total_seconds()
        for before, after in itertools.pairwise(attempts)
    ]


def past_deadline(job: GenerationJob) -> None:
    """As if the job's time were over."""
    GenerationJob.objects.filter(pk=job.pk).update(deadline_at=from_now(-1))


def test_the_waits_grow_from_two_seconds_and_are_spread_by_jitter() -> None:
    for tries, least, most in ((1, 1.5, 2.5), (2, 3.0, 5.0), (3, 6.0, 10.0)):
        found = [backoff_s(tries) for _ in range(200)]
        assert least <= min(found) < max(found) <= most
        assert max(found) - min(found) > (most - least) / 2


def test_an_unreachable_provider_is_tried_three_times_with_growing_waits(alice: Tenant) -> None:
    job = alice.start("sim/unreachable")
    planned: list[float] = []
    job = drive(job, each_round=lambda found: planned.extend(waits_s(found)[len(planned) :]))
    assert [1.4 < planned[0] < 2.6, 2.9 < planned[1] < 5.1] == [True, True], planned
    attempts = list(job.attempts.order_by("number").values_list("tries", "state"))
    assert attempts == [(1, "rejected"), (2, "rejected"), (3, "rejected")]


def test_a_busy_provider_is_left_alone_as_long_as_it_asks(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    script = faults.script_of("rate-limited")
    assert script.refusal is not None
    slower = replace(script, refusal=replace(script.refusal, retry_after_s=45))
    monkeypatch.setitem(faults._SCRIPTS, "rate-limited", slower)
    job = alice.start("sim/rate-limited")
    job = drive(job, until=lambda found: found.attempts.count() == 2)
    assert 44.5 < waits_s(job)[0] < 45.5


def test_a_planned_retry_waits_for_its_time(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/unreachable")
    drive(job, until=lambda found: found.attempts.count() == 2)
    assert one_round(hurry=False) == 0
    assert len(wire.posts()) == 1


def test_each_attempt_asks_under_a_key_of_its_own(alice: Tenant, wire: Wire) -> None:
    drive(alice.start("sim/rate-limited"))
    keys = [request.headers["Idempotency-Key"] for request in wire.posts()]
    assert len(set(keys)) == 3
    assert [request.headers["X-Attempt-Number"] for request in wire.posts()] == ["1", "2", "3"]


def test_a_job_waiting_for_its_next_attempt_is_still_processing(alice: Tenant) -> None:
    job = drive(alice.start("sim/unreachable"), until=lambda found: found.attempts.count() == 2)
    document = alice.show(job)
    assert (document["status"], document["error"]) == ("processing", None)
    assert [item["status"] for item in document["items"]] == ["queued"]


def test_trouble_while_polling_is_waited_out_without_a_second_submission(alice: Tenant, wire: Wire) -> None:
    def break_the_line() -> NoReturn:
        raise Unreachable

    wire.before = once(break_the_line, "GET")
    job = drive(alice.start())
    assert (job.status, job.attempts.count(), len(submissions())) == ("completed", 1, 1)


def test_a_job_past_its_deadline_is_not_sent_at_all(alice: Tenant, wire: Wire) -> None:
    job = alice.start()
    past_deadline(job)
    job = drive(job)
    error = alice.show(job)["error"]
    assert (job.status, error["code"], error["retryable"]) == ("failed", "deadline_exceeded", True)
    assert (wire.sent, alice.account.available) == ([], 1000)


def test_past_the_deadline_no_further_attempt_is_made(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/unreachable")
    drive(job, until=lambda found: found.attempts.count() == 2)
    past_deadline(job)
    job = drive(job)
    assert (job.status, (job.error or {})["code"]) == ("failed", "deadline_exceeded")
    assert len(wire.posts()) == 1


def test_a_deadline_does_not_abandon_what_was_accepted(alice: Tenant) -> None:
    job = alice.start()
    drive_attempt(job, AttemptState.ACCEPTED)
    past_deadline(job)
    assert drive(job).status == "completed"


def test_a_new_job_has_the_deadline_of_the_settings(alice: Tenant) -> None:
    job = alice.start()
    assert job.created_at is not None
    wanted = timedelta(seconds=settings.JOB_DEADLINE_S)
    assert abs(job.deadline_at - job.created_at - wanted) < timedelta(seconds=2)


def test_a_provider_that_never_finishes_is_given_up_at_its_own_deadline_and_paid_by_us(alice: Tenant) -> None:
    job = alice.start("sim/stuck")
    attempt = drive_attempt(job, AttemptState.ACCEPTED)
    for _ in range(5):
        one_round()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.ACCEPTED
    GenerationAttempt.objects.update(accepted_at=from_now(-601))
    assert (drive(job).error or {})["code"] == "provider_silent"
