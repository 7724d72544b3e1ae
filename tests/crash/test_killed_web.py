"""The web process, or the worker that passes a cancel on, is killed: clients repeat themselves and get one job."""

import uuid
from dataclasses import dataclass

import pytest
import requests

from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from tests.factories import make_key
from tests.generation.tenants import BODY, Tenant
from tests.proofs import assert_books_are_right, assert_ended_once, has_ended
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash
RECOVERY_S = 40.0


@dataclass(frozen=True)
class Caller:
    """A client of the real API, that repeats a request whose answer never came."""

    engine: RunningEngine
    headers: dict[str, str]

    def post(self, path: str, body: dict[str, object] | None = None) -> requests.Response:
        """POST once."""
        return requests.post(f"{self.engine.url}/api/media/{path}", json=body, headers=self.headers, timeout=30)

    def post_until_answered(self, path: str, body: dict[str, object] | None = None) -> requests.Response:
        """POST until there is an answer."""

        # In a list, because a refusal is an answer, too, and is not "true".
        def answers() -> list[requests.Response]:
            try:
                return [self.post(path, body)]
            except requests.ConnectionError:
                return []

        return self.engine.wait_until(answers, timeout_s=30, what="an answer")[0]


@pytest.fixture
def caller(engine: RunningEngine, alice: Tenant) -> Caller:
    token = make_key(alice.project, name="web")[1]
    return Caller(engine, {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex})


@pytest.mark.parametrize("point", ["admission.before_commit", "admission.committed"])
def test_a_request_whose_answer_never_came_can_be_repeated(
    engine: RunningEngine, alice: Tenant, caller: Caller, point: str
) -> None:
    body = {**BODY, "model": "sim/priced"}
    engine.arm(point)
    with pytest.raises(requests.ConnectionError):
        caller.post("generate", body)
    assert not engine.is_armed(point)
    answer = caller.post_until_answered("generate", body)
    assert answer.status_code == 202, answer.text
    assert ("Idempotent-Replayed" in answer.headers) is (point == "admission.committed")
    job = GenerationJob.objects.get(project=alice.project)
    assert answer.json()["id"] == str(job.pk)
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the job")
    assert_ended_once(engine, job.pk, paid=1)
    assert_books_are_right()


def accepted_job(engine: RunningEngine, alice: Tenant) -> GenerationJob:
    """A job that the provider works on and will not finish."""
    job = alice.start("sim/stuck")
    accepted = GenerationAttempt.objects.filter(job=job, state=AttemptState.ACCEPTED)
    engine.wait_until(accepted.exists, timeout_s=RECOVERY_S, what="an accepted attempt")
    return job


@pytest.mark.parametrize("point", ["cancel.before_commit", "cancel.committed"])
def test_a_cancel_whose_answer_never_came_can_be_repeated(
    engine: RunningEngine, alice: Tenant, caller: Caller, point: str
) -> None:
    job = accepted_job(engine, alice)
    engine.arm(point)
    with pytest.raises(requests.ConnectionError):
        caller.post(f"jobs/{job.pk}/cancel")
    assert not engine.is_armed(point)
    # The first cancel may have done its work by the time of the second.
    assert caller.post_until_answered(f"jobs/{job.pk}/cancel").status_code in (202, 409)
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the canceled job")
    assert_ended_once(engine, job.pk, status="canceled", delivered=0, paid=1)
    assert_books_are_right()


def test_a_worker_killed_after_passing_a_cancel_on_passes_it_on_again(engine: RunningEngine, alice: Tenant) -> None:
    job = accepted_job(engine, alice)
    engine.arm("cancel.sent")
    assert alice.cancel(job).status_code == 202
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the canceled job")
    assert not engine.is_armed("cancel.sent")
    assert_ended_once(engine, job.pk, status="canceled", delivered=0, paid=1)
    assert_books_are_right()


@pytest.mark.parametrize("point", ["callback.before_commit", "callback.committed"])
def test_a_callback_that_was_not_answered_comes_again_and_counts_once(
    engine: RunningEngine, alice: Tenant, point: str
) -> None:
    engine.arm(point)
    job = alice.start("sim/dropped-callback")
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the job")
    assert not engine.is_armed(point)
    assert_ended_once(engine, job.pk, paid=1)
    assert_books_are_right()
