"""Stopping a job: what was not sent ends free at once, what was sent is asked to stop, what arrives is charged."""

import pytest

from billing.models import ProviderCost
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.dispatcher import dispatch_due
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import SIM_CLOCK, drive, drive_attempt, lanes_here, one_round
from tests.generation.tenants import Tenant, captured, make_tenant
from tests.generation.trouble import everything, let_long_pass
from tests.generation.wire import Wire


def test_a_job_that_was_not_sent_ends_at_once_and_free(alice: Tenant, wire: Wire) -> None:
    job = alice.start(batchSize=3)
    answer = alice.cancel(job)
    document = answer.json()
    assert (answer.status_code, document["status"]) == (202, "canceled")
    assert [item["status"] for item in document["items"]] == ["canceled"] * 3
    assert document["error"] == {**document["error"], "code": "canceled", "retryable": False}
    assert (captured(job), alice.account.available, wire.sent) == (0, 1000, [])
    assert one_round() == 0


def test_a_running_job_is_asked_to_stop_and_ends_when_the_provider_has(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/slow")
    drive_attempt(job, AttemptState.ACCEPTED)
    answer = alice.cancel(job)
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert answer.json()["cancelRequestedAt"] is not None
    job = drive(job)
    assert (job.status, job.credits_charged, alice.account.available) == ("canceled", 0, 1000)
    assert [request.method for request in wire.sent].count("DELETE") == 1
    assert GenerationAttempt.objects.get(job=job).state == AttemptState.CANCELED
    assert [cost.amount for cost in ProviderCost.objects.all()] == [0]


def test_what_a_provider_finished_before_it_was_asked_is_delivered_and_charged(alice: Tenant) -> None:
    job = alice.start()
    drive_attempt(job, AttemptState.ACCEPTED)
    SIM_CLOCK.advance(60)
    assert alice.cancel(job).status_code == 202
    job = drive(job)
    document = alice.show(job)
    assert (job.status, job.credits_charged, captured(job)) == ("completed", 4, 4)
    assert document["result"]["metadata"]["width"] == 128


def test_of_a_batch_half_sent_the_rest_ends_at_once_and_what_arrives_is_charged(alice: Tenant) -> None:
    job = alice.start(batchSize=2)
    first, second = GenerationAttempt.objects.filter(job=job).order_by("number")
    GenerationAttempt.objects.filter(pk=second.pk).update(
        state=AttemptState.PLANNED, next_step_at="2030-01-01T00:00:00Z"
    )
    dispatch_due(lanes_here())
    first.refresh_from_db()
    assert first.state == AttemptState.ACCEPTED
    SIM_CLOCK.advance(60)
    answer = alice.cancel(job).json()
    assert [item["status"] for item in answer["items"]] == ["processing", "canceled"]
    job = drive(job)
    assert (job.status, job.delivered_count, job.credits_charged) == ("canceled", 1, 4)
    assert alice.show(job)["result"]["assetId"] == alice.show(job)["items"][0]["result"]["assetId"]
    assert alice.account.available == 996


def test_cancelling_again_changes_nothing(alice: Tenant) -> None:
    job = alice.start("sim/slow")
    drive_attempt(job, AttemptState.ACCEPTED)
    alice.cancel(job)
    before = everything()
    assert alice.cancel(job).status_code == 202
    assert everything() == before
    assert DomainEvent.objects.filter(type="job.cancel_requested").count() == 1


@pytest.mark.parametrize("model", ["sim/priced", "sim/moderated"])
def test_a_job_that_has_ended_cannot_be_canceled(alice: Tenant, model: str) -> None:
    job = drive(alice.start(model))
    before = everything()
    answer = alice.cancel(job)
    assert (answer.status_code, answer.json()["code"]) == (409, "job_finished")
    assert job.status in answer.json()["detail"]
    assert everything() == before


def test_a_canceled_job_cannot_be_canceled_either(alice: Tenant) -> None:
    job = alice.start()
    alice.cancel(job)
    assert alice.cancel(job).status_code == 409


def test_a_job_waiting_for_its_next_attempt_ends_at_once(alice: Tenant) -> None:
    job = drive(alice.start("sim/unreachable"), until=lambda found: found.attempts.count() == 2)
    assert alice.cancel(job).json()["status"] == "canceled"
    assert one_round() == 0


def test_a_cancel_during_a_refused_call_plans_no_further_attempt(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/unreachable")
    wire.before = lambda request: alice.cancel(job) if request.method == "POST" else None
    job = drive(job)
    assert (job.status, job.attempts.count()) == ("canceled", 1)
    assert (job.error or {})["code"] == "canceled"


def test_an_unknown_outcome_is_awaited_and_then_canceled(alice: Tenant) -> None:
    job = alice.start("sim/dropped-callback")
    drive_attempt(job, AttemptState.UNKNOWN)
    assert alice.cancel(job).json()["status"] == "processing"
    let_long_pass(job, "unknown_since")
    job = drive(job)
    assert (job.status, (job.error or {})["code"]) == ("failed", "outcome_unknown")


def test_landed_pictures_of_a_canceled_job_are_finished_and_charged(alice: Tenant) -> None:
    job = alice.start()
    drive(job, until=lambda found: found.attempts.get().state in {AttemptState.LANDED, AttemptState.SETTLED})
    if GenerationJob.objects.get(pk=job.pk).status == "processing":
        alice.cancel(job)
    job = drive(job)
    assert (job.status, job.credits_charged) == ("completed", 4)


def test_cancelling_takes_no_fields_and_no_stranger(alice: Tenant) -> None:
    job = alice.start()
    answer = alice.client.post(f"/api/media/jobs/{job.pk}/cancel", {"reason": "changed my mind"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")
    for body in (5, [1], "now"):
        assert alice.client.post(f"/api/media/jobs/{job.pk}/cancel", body).status_code == 422
    assert make_tenant("charlie").cancel(job).status_code == 404
    job.refresh_from_db()
    assert job.status == "queued"
