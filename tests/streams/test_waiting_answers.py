"""`Prefer: wait=N` on a real server."""

import time
from typing import Any

import pytest

from gencraft_media.generation.models import GenerationJob
from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine
from tests.streams.clients import Waiting, end
from tests.waiting import wait_until


def started_by(alice: Tenant) -> GenerationJob:
    """The one job of Alice's project, once it is there."""
    return wait_until(lambda: GenerationJob.objects.filter(project=alice.project).first(), what="the job")  # type: ignore[return-value]


def test_a_request_that_waits_is_answered_when_its_job_ends(engine: RunningEngine, alice: Tenant) -> None:
    waiting = Waiting(engine, alice, "POST", "/api/media/generate", "wait=50")
    end(started_by(alice))
    response, document = waiting.answer()
    assert (response.status, document["status"]) == (202, "canceled")
    assert response.headers["Preference-Applied"] == "wait=50"
    assert response.headers["Location"] == f"/api/media/jobs/{document['id']}"
    assert "Retry-After" not in response.headers


def test_a_question_that_waits_is_answered_when_the_job_ends(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    waiting = Waiting(engine, alice, "GET", f"/api/media/jobs/{job.pk}", "respond-async, wait=50")
    end(job)
    response, document = waiting.answer()
    assert (response.status, document["status"]) == (200, "canceled")
    assert response.headers["Preference-Applied"] == "wait=50"


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_when_the_time_is_up_the_job_is_told_as_it_is(engine: RunningEngine, alice: Tenant, method: str) -> None:
    path = "/api/media/generate" if method == "POST" else f"/api/media/jobs/{alice.start().pk}"
    began = time.monotonic()
    response, document = Waiting(engine, alice, method, path, "wait=1").answer()
    assert time.monotonic() - began >= 1
    assert (response.status, document["status"]) == (202 if method == "POST" else 200, "queued")
    assert response.headers["Preference-Applied"] == "wait=1"
    end(GenerationJob.objects.get(pk=document["id"]))


@pytest.mark.parametrize("prefer", ["wait=0", "wait=soon", "wait", "wait=-1", "respond-async", 'x="y"'])
def test_what_asks_for_no_wait_changes_nothing(engine: RunningEngine, alice: Tenant, prefer: str) -> None:
    answer: Any = Waiting(engine, alice, "POST", "/api/media/generate", prefer).answer()
    assert (answer[0].status, answer[1]["status"]) == (202, "queued")
    assert "Preference-Applied" not in answer[0].headers


def test_a_job_that_has_ended_is_not_waited_for(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    end(job)
    response, document = Waiting(engine, alice, "GET", f"/api/media/jobs/{job.pk}", "wait=50").answer()
    assert (response.headers["Preference-Applied"], document["status"]) == ("wait=50", "canceled")


def test_refusals_do_not_wait(engine: RunningEngine, alice: Tenant) -> None:
    response, document = Waiting(engine, alice, "GET", f"/api/media/jobs/{alice.project.pk}", "wait=50").answer()
    assert (response.status, document["code"]) == (404, "not_found")
