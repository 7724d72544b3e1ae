"""A submission whose answer was lost: found again by the adapter's means, or ended free, and never paid twice."""

from typing import NoReturn

import pytest

from billing.models import CostCertainty, ProviderCost
from gencraft_media.common.clock import from_now
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.errors import Busy, Moderated, OutcomeUnknown, Unreachable
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant
from tests.generation.trouble import let_long_pass
from tests.generation.wire import Wire, once


def test_the_same_request_goes_out_again_under_the_same_key_only(alice: Tenant, wire: Wire) -> None:
    job = drive(alice.start("sim/dropped-idempotent"))
    first, second = wire.posts()
    assert (second.json, second.headers["Idempotency-Key"]) == (first.json, first.headers["Idempotency-Key"])
    assert [request.headers["X-Submission-Number"] for request in (first, second)] == ["1", "2"]
    assert (job.status, len(submissions())) == ("completed", 1)


def test_a_listed_job_is_found_and_not_sent_again(alice: Tenant, wire: Wire) -> None:
    job = drive(alice.start("sim/dropped-listable"))
    assert (job.status, len(wire.posts()), len(submissions())) == ("completed", 1, 1)
    assert any("reference=" in request.url for request in wire.sent)


def test_a_list_that_cannot_be_read_is_read_again(alice: Tenant, wire: Wire) -> None:
    def break_the_line() -> NoReturn:
        raise Unreachable

    wire.before = once(break_the_line, "GET")
    job = drive(alice.start("sim/dropped-listable"))
    assert (job.status, len(wire.posts())) == ("completed", 1)


def test_with_nothing_to_find_it_by_the_client_is_free_at_once_and_a_cost_is_suspected(alice: Tenant) -> None:
    job = drive(alice.start("sim/dropped-none"))
    attempt = job.attempts.get()
    assert (attempt.state, attempt.unknown_since) == (AttemptState.LOST, None)
    assert (job.error or {})["code"] == "outcome_unknown"
    assert alice.account.available == 1000
    assert ProviderCost.objects.get().certainty == CostCertainty.SUSPECTED


@pytest.mark.parametrize("model", ["sim/dropped-callback", "sim/dropped-listable", "sim/dropped-idempotent"])
def test_an_unknown_outcome_is_looked_for_only_so_long(alice: Tenant, wire: Wire, model: str) -> None:
    def stay_silent(request: object) -> NoReturn:
        raise OutcomeUnknown

    wire.before = stay_silent
    job = alice.start(model)
    attempt = drive_attempt(job, AttemptState.UNKNOWN)
    since = attempt.unknown_since
    for _ in range(4):
        one_round()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.unknown_since) == (AttemptState.UNKNOWN, since), "the grace time starts once"
    let_long_pass(job, "unknown_since")
    job = drive(job)
    assert (job.status, (job.error or {})["code"], alice.account.available) == ("failed", "outcome_unknown", 1000)


def test_a_provider_that_is_busy_when_asked_again_has_not_refused_the_first_time(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/dropped-idempotent")
    drive_attempt(job, AttemptState.UNKNOWN)

    def be_busy() -> NoReturn:
        raise Busy

    wire.before = once(be_busy)
    one_round()
    attempt = GenerationAttempt.objects.get(job=job)
    assert (attempt.state, attempt.tries) == (AttemptState.UNKNOWN, 1)
    assert (drive(job).status, len(submissions())) == ("completed", 1)


def test_a_verdict_on_the_request_itself_ends_the_doubt(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/dropped-idempotent")
    drive_attempt(job, AttemptState.UNKNOWN)

    def refuse() -> NoReturn:
        raise Moderated

    wire.before = once(refuse)
    job = drive(job)
    assert ((job.error or {})["code"], ProviderCost.objects.count()) == ("moderated", 0)


def test_an_unknown_outcome_is_told_in_the_jobs_events_and_not_to_the_client_as_an_error(alice: Tenant) -> None:
    job = alice.start("sim/dropped-callback")
    drive_attempt(job, AttemptState.UNKNOWN)
    document = alice.show(job)
    assert (document["status"], document["error"]) == ("processing", None)


@pytest.mark.parametrize("state", [AttemptState.ACCEPTED, AttemptState.UNKNOWN])
def test_a_job_whose_provider_account_is_deleted_still_ends(alice: Tenant, state: AttemptState) -> None:
    job = alice.start("sim/stuck" if state == AttemptState.ACCEPTED else "sim/dropped-callback")
    attempt = drive_attempt(job, state)
    assert attempt.account is not None
    attempt.account.delete()
    one_round()
    let_long_pass(job, "unknown_since")
    GenerationAttempt.objects.filter(accepted_at__isnull=False).update(accepted_at=from_now(-601))
    job = drive(job, deadline_s=10)
    assert (job.status, job.credits_charged) == ("failed", 0)
