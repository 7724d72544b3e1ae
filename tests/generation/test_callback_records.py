"""Callbacks as they are kept: how much is read, what is written down, who sees it, and when it is forgotten."""

import io
import json
import uuid
from datetime import timedelta

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db.models import F
from django.test import Client

from gencraft_media.generation.callback_views import LARGEST_BODY_BYTES, CallbackView
from gencraft_media.generation.models import GenerationAttempt, GenerationJob, ProviderCallback
from gencraft_media.generation.provider_callbacks import prune_callbacks
from gencraft_media.generation.states import AttemptState
from providers.callbacks import callback_secret, signature_of
from tests.generation.driving import drive, drive_attempt
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant

ADDRESS = "/api/media/callbacks/sim"


def signed(body: bytes) -> dict[str, str]:
    return {"X-Sim-Signature": signature_of(body, callback_secret("sim"))}


def call_back(body: bytes, path: str = ADDRESS, **headers: str) -> int:
    answer = Client().generic("POST", path, body, content_type="application/json", headers={**signed(body), **headers})
    return answer.status_code


def waiting_job(alice: Tenant) -> tuple[GenerationJob, bytes]:
    """A job whose outcome only a callback can tell, and the callback."""
    job = alice.start("sim/dropped-callback")
    attempt = drive_attempt(job, AttemptState.UNKNOWN)
    [taken] = submissions()
    return job, json.dumps({"id": taken["id"], "reference": str(attempt.pk)}).encode()


def padded(body: bytes, size: int) -> bytes:
    return body + b" " * (size - len(body))


def test_the_same_callback_is_one_row_that_counts(alice: Tenant) -> None:
    job, body = waiting_job(alice)
    for user_agent in ("vendor/1", "vendor/2", "vendor/2"):
        assert call_back(body, **{"User-Agent": user_agent}) == 204
    row = ProviderCallback.objects.get()
    assert (row.effect, row.times_received, row.headers["User-Agent"]) == ("found", 3, "vendor/1")
    assert row.last_received_at > row.created_at
    assert drive(job).status == "completed"


def test_headers_that_no_database_could_keep_are_kept_as_far_as_can_be(alice: Tenant) -> None:
    job, body = waiting_job(alice)
    assert (
        call_back(body, **{"User-Agent": "\u0000\ud800é" + "x" * 1000, "Webhook-Id": "msg_1", "Cookie": "a=b"}) == 204
    )
    kept = ProviderCallback.objects.get().headers
    assert kept == {"Content-Type": "application/json", "User-Agent": "???" + "x" * 197, "Webhook-Id": "msg_1"}
    drive(job)


@pytest.mark.parametrize("job_id", ["ü", "\ud800", "a b", "\u0000", "x" * 256])
def test_an_id_that_is_none_finds_no_address(alice: Tenant, job_id: str) -> None:
    job, body = waiting_job(alice)
    odd = json.dumps({**json.loads(body), "id": job_id}).encode()
    assert (call_back(odd), ProviderCallback.objects.count()) == (404, 0)
    call_back(body)
    drive(job)


def test_a_body_of_the_largest_size_is_taken_and_no_larger_one(alice: Tenant) -> None:
    job, body = waiting_job(alice)
    assert call_back(padded(body, LARGEST_BODY_BYTES + 1)) == 413
    assert call_back(padded(body, LARGEST_BODY_BYTES + 1), path="/api/media/callbacks/nobody") == 413
    assert ProviderCallback.objects.count() == 0
    assert call_back(padded(body, LARGEST_BODY_BYTES)) == 204
    drive(job)


@pytest.mark.parametrize("stated", [b"2000000", b"-1", b"many", b"1e9", None])
def test_of_a_body_that_is_too_large_no_more_is_read_than_was_allowed(engine: None, stated: bytes | None) -> None:
    body = io.BytesIO(b"x" * 2_000_000)
    headers = [] if stated is None else [(b"content-length", stated)]
    scope = {"type": "http", "method": "POST", "path": ADDRESS, "query_string": b"", "headers": headers}
    answer = CallbackView.as_view()(ASGIRequest(scope, body), provider="sim")
    assert answer.status_code == 413
    assert body.tell() <= LARGEST_BODY_BYTES + 1


def test_a_callback_goes_with_its_job(alice: Tenant) -> None:
    job, body = waiting_job(alice)
    call_back(body)
    drive(job)
    GenerationAttempt.objects.filter(job=job).delete()
    assert ProviderCallback.objects.count() == 0
    job.delete()
    assert call_back(body) == 404


def test_callbacks_are_forgotten_after_a_month(alice: Tenant) -> None:
    job, body = waiting_job(alice)
    for number in range(2):
        call_back(padded(body, len(body) + number))
    newest = ProviderCallback.objects.latest("created_at")
    ProviderCallback.objects.exclude(pk=newest.pk).update(created_at=F("created_at") - timedelta(days=30, seconds=1))
    ProviderCallback.objects.filter(pk=newest.pk).update(created_at=F("created_at") - timedelta(days=29))
    assert [prune_callbacks(), prune_callbacks()] == [1, 0]
    assert list(ProviderCallback.objects.values_list("pk", flat=True)) == [newest.pk]
    drive(job)


def test_operators_read_callbacks_and_change_none(alice: Tenant, admin_client: Client) -> None:
    job, body = waiting_job(alice)
    call_back(body)
    row = ProviderCallback.objects.get()
    page = f"/admin/generation/providercallback/{row.pk}/change/"
    assert json.loads(body)["reference"] in admin_client.get(page).content.decode()
    assert admin_client.get("/admin/generation/providercallback/").status_code == 200
    assert [
        admin_client.post(address, {"effect": "none"}).status_code
        for address in (page, page.replace("change", "delete"), "/admin/generation/providercallback/add/")
    ] == [403] * 3
    drive(job)


def test_an_attempts_own_address_wants_a_secret_of_its_own(alice: Tenant) -> None:
    job, body = waiting_job(alice)
    attempt_id = GenerationAttempt.objects.get(job=job).pk
    address = f"{ADDRESS}/{attempt_id}"
    assert call_back(body, path=address) == 404
    own = signature_of(body, callback_secret("sim", str(attempt_id)))
    assert call_back(body, path=f"{ADDRESS}/{uuid.uuid4()}", **{"X-Sim-Signature": own}) == 404
    assert call_back(body, path=address, **{"X-Sim-Signature": own}) == 204
    assert drive(job).status == "completed"
