"""Once a call has its job, no answer makes a client send it again, unless that is safe and helps."""

import uuid
from typing import Any

import pytest

from gencraft_media.common.bounded import BoundedUnavailable
from gencraft_media.generation.compatible import views
from gencraft_media.generation.models import CallState, CompatibleCall, GenerationJob
from tests.generation.tenants import Tenant

COUNTING = {"x-stainless-retry-count": "0"}
KEYED = {"Idempotency-Key": "hero"}


def ask(alice: Tenant, headers: dict[str, str] | None = None) -> Any:
    """A call, which must have its job when it is answered."""
    body = {"model": "sim/priced", "prompt": "A lighthouse", "size": "128x128"}
    answer = alice.client.post("/v1/images/generations", body, headers=headers or {})
    assert answer["x-gencraft-job-id"] == str(GenerationJob.objects.get().pk)
    return answer


def ends_with(monkeypatch: pytest.MonkeyPatch, *, ended: bool, error: Exception | None = None) -> None:
    """Let the wait for the job come to that."""

    async def wait_for_end(job_id: uuid.UUID, timeout_s: float) -> bool:
        return ended

    async def answer_for(*arguments: Any) -> Any:
        assert error is not None
        raise error

    monkeypatch.setattr(views, "wait_for_end", wait_for_end)
    if error is not None:
        monkeypatch.setattr(views, "answer_for", answer_for)


@pytest.mark.parametrize(
    "error", [BoundedUnavailable("crash", "no child"), RuntimeError("a bug"), OSError("the storage is away")]
)
def test_trouble_with_the_answer_is_not_an_invitation(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ends_with(monkeypatch, ended=True, error=error)
    answer = ask(alice, COUNTING)
    assert (answer.status_code, answer["x-should-retry"]) == (424, "false")
    assert answer.json()["error"]["type"] == "server_error"
    assert "a bug" not in answer.content.decode()
    # The client may come back all the same, and finds the job then.
    assert CompatibleCall.objects.get().state == CallState.OPEN


@pytest.mark.parametrize("headers", [COUNTING, KEYED])
def test_a_server_that_stops_sends_clients_to_its_successor_where_that_is_safe(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    ends_with(monkeypatch, ended=False)
    answer = ask(alice, headers)
    assert (answer.status_code, answer["x-should-retry"], answer["Retry-After"]) == (503, "true", "1")


def test_a_server_that_stops_does_not_send_away_a_client_it_would_not_know_again(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_with(monkeypatch, ended=False)
    answer = ask(alice)
    assert (answer.status_code, answer["x-should-retry"]) == (424, "false")
    assert answer.json()["error"]["code"] == "still_running"


def test_patience_that_runs_out_says_where_the_picture_will_be(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, ended=False)
    monkeypatch.setattr(views, "patience_s", lambda: -1.0)
    answer = ask(alice, COUNTING)
    assert (answer.status_code, answer.json()["error"]["code"]) == (424, "still_running")
    assert "GET /api/media/jobs" in answer.json()["error"]["message"]


def test_a_key_that_was_used_for_another_body_is_refused(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_with(monkeypatch, ended=False)
    ask(alice, KEYED)
    other = {"model": "sim/priced", "prompt": "A harbour"}
    answer = alice.client.post("/v1/images/generations", other, headers=KEYED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "idempotency_key_reused")
    assert GenerationJob.objects.count() == 1
