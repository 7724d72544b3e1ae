"""What a provider's callback does: it names a job, once, and nothing in it is believed without its signature."""

import json
import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from providers.callbacks import callback_secret, signature_of
from tests.generation.driving import drive, drive_attempt
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant
from tests.generation.trouble import everything
from tests.generation.wire import Wire, once


def call_back(alice: Tenant, document: Any, *, secret: str | None = None, provider: str = "sim") -> int:
    """POST a callback as a provider would, without any key of ours; its status."""
    body = json.dumps(document).encode()
    signature = signature_of(body, callback_secret(provider) if secret is None else secret)
    answer = APIClient().generic(
        "POST",
        f"/api/media/callbacks/{provider}",
        body.decode(),
        content_type="application/json",
        headers={"X-Sim-Signature": signature},
    )
    return int(answer.status_code)


def callback_of(job: GenerationJob) -> dict[str, str]:
    """What sim would say of the job it took."""
    (taken,) = submissions()
    return {"id": taken["id"], "reference": str(GenerationAttempt.objects.get(job=job).pk)}


def waiting_job(alice: Tenant) -> GenerationJob:
    """A job whose outcome only a callback can tell."""
    job = alice.start("sim/dropped-callback")
    drive_attempt(job, AttemptState.UNKNOWN)
    return job


def test_the_provider_is_told_where_to_call_back(alice: Tenant, wire: Wire) -> None:
    waiting_job(alice)
    assert wire.posts()[0].json["callback_url"] == "http://testserver/api/media/callbacks/sim"


def test_a_callback_names_the_job_and_the_job_is_read_from_the_provider(alice: Tenant, wire: Wire) -> None:
    job = waiting_job(alice)
    assert call_back(alice, callback_of(job)) == 204
    attempt = GenerationAttempt.objects.get(job=job)
    assert (attempt.state, attempt.provider_job_id) == (AttemptState.ACCEPTED, callback_of(job)["id"])
    job = drive(job)
    assert (job.status, len(wire.posts())) == ("completed", 1)


@pytest.mark.parametrize("secret", ["", "guessed"])
def test_a_forged_callback_finds_no_address_and_changes_nothing(alice: Tenant, secret: str) -> None:
    job = waiting_job(alice)
    before = everything()
    assert call_back(alice, callback_of(job), secret=secret) == 404
    assert everything() == before


def test_a_repeated_callback_has_one_effect(alice: Tenant) -> None:
    job = waiting_job(alice)
    assert [call_back(alice, callback_of(job)) for _ in range(3)] == [204, 204, 204]
    fence = GenerationAttempt.objects.get(job=job).fence
    job = drive(job)
    assert (job.status, len(submissions())) == ("completed", 1)
    assert GenerationAttempt.objects.get(job=job).fence > fence


def test_a_callback_that_comes_before_the_answer_is_remembered(alice: Tenant, wire: Wire) -> None:
    job = alice.start("sim/dropped-callback")
    statuses: list[int] = []
    # The line breaks after this: the worker never reads the answer, but the callback was quicker.
    wire.after = once(lambda: statuses.append(call_back(alice, callback_of(job))))
    attempt = drive_attempt(job, AttemptState.UNKNOWN, AttemptState.ACCEPTED)
    assert (statuses, attempt.provider_job_id) == ([204], callback_of(job)["id"])
    assert drive(job).status == "completed"


def test_a_late_callback_changes_nothing(alice: Tenant) -> None:
    job = waiting_job(alice)
    callback = callback_of(job)
    call_back(alice, callback)
    drive(job)
    before = everything()
    assert call_back(alice, callback) == 204
    assert everything() == before


def test_a_callback_cannot_bring_a_lost_job_back(alice: Tenant) -> None:
    job = waiting_job(alice)
    callback = callback_of(job)
    GenerationAttempt.objects.update(unknown_since="2026-01-01T00:00:00Z")
    assert drive(job).status == "failed"
    before = everything()
    assert call_back(alice, callback) == 204
    assert everything() == before


@pytest.mark.parametrize(
    "document", [{"reference": str(uuid.uuid4()), "id": "x"}, {"reference": "", "id": ""}, {"id": "x"}, [], "x", None]
)
def test_a_callback_about_nothing_we_know_finds_no_address(alice: Tenant, document: Any) -> None:
    waiting_job(alice)
    assert call_back(alice, document) == 404


def test_a_provider_that_never_calls_back_has_no_address(alice: Tenant) -> None:
    job = waiting_job(alice)
    assert call_back(alice, callback_of(job), provider="openai") == 404
