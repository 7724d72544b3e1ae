"""The first picture, against an engine that answers from a script."""

import json
from collections.abc import Iterator

import pytest
import responses

from gencraft_media.console.first_run import FirstRun
from gencraft_media.console.sample import IDEMPOTENCY_KEY, SampleMissed, make_sample

ADDRESS = "http://127.0.0.1:8000"
FIRST_RUN = FirstRun("http://localhost:8000", "admin@gencraft.local", "password", "mge_live_key", "project")


def job(status: str, progress: int) -> dict[str, object]:
    return {"id": "job-1", "status": status, "progress": progress, "error": {"code": "provider_rejected"}}


@pytest.fixture(autouse=True)
def ready_engine(api: responses.RequestsMock) -> None:
    api.get(f"{ADDRESS}/readyz", json={"status": "ok"})
    api.post(f"{ADDRESS}/api/media/generate", json=job("queued", 0), status=202)


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_reports_each_stage_once_and_returns_the_finished_job(api: responses.RequestsMock) -> None:
    for step in (job("queued", 0), job("processing", 10), job("processing", 10), job("completed", 100)):
        api.get(f"{ADDRESS}/api/media/jobs/job-1", json=step)
    said: list[str] = []
    assert make_sample(ADDRESS, FIRST_RUN, said.append)["progress"] == 100
    assert [line.split("%")[1].strip() for line in said] == [
        "waiting for its turn",
        "the provider is drawing",
        "charged and delivered",
    ]


def test_asks_with_one_key_so_that_an_interrupted_first_run_makes_one_picture(api: responses.RequestsMock) -> None:
    api.get(f"{ADDRESS}/api/media/jobs/job-1", json=job("completed", 100))
    make_sample(ADDRESS, FIRST_RUN, lambda line: None)
    request = next(call.request for call in api.calls if call.request.method == "POST")
    assert request.headers["Idempotency-Key"] == IDEMPOTENCY_KEY
    assert request.headers["Authorization"] == "Bearer mge_live_key"
    assert {"provider": "sim", "model": "priced"}.items() <= json.loads(request.body or "").items()


def test_asks_anew_once_what_its_key_stands_for_has_failed(api: responses.RequestsMock) -> None:
    again = {"Idempotent-Replayed": "true"}
    failed = [{**job("failed", 50), "id": "job-1"}, {**job("canceled", 0), "id": "job-2"}]
    api.replace(responses.POST, f"{ADDRESS}/api/media/generate", json=failed[0], status=202, headers=again)
    api.post(f"{ADDRESS}/api/media/generate", json=failed[1], status=202, headers=again)
    api.post(f"{ADDRESS}/api/media/generate", json={**job("queued", 0), "id": "job-3"}, status=202)
    api.get(f"{ADDRESS}/api/media/jobs/job-3", json={**job("completed", 100), "id": "job-3"})
    assert make_sample(ADDRESS, FIRST_RUN, lambda line: None)["id"] == "job-3"
    posts = [call.request for call in api.calls if call.request.method == "POST"]
    keys = [post.headers["Idempotency-Key"] for post in posts]
    assert keys == [IDEMPOTENCY_KEY, f"{IDEMPOTENCY_KEY}-after-job-1", f"{IDEMPOTENCY_KEY}-after-job-2"]


def test_a_picture_that_an_interrupted_run_began_is_waited_for(api: responses.RequestsMock) -> None:
    again = {"Idempotent-Replayed": "true"}
    api.replace(responses.POST, f"{ADDRESS}/api/media/generate", json=job("processing", 10), status=202, headers=again)
    api.get(f"{ADDRESS}/api/media/jobs/job-1", json=job("completed", 100))
    assert make_sample(ADDRESS, FIRST_RUN, lambda line: None)["id"] == "job-1"
    assert len([call for call in api.calls if call.request.method == "POST"]) == 1


def test_says_why_there_is_no_picture(api: responses.RequestsMock) -> None:
    api.get(f"{ADDRESS}/api/media/jobs/job-1", json=job("failed", 50))
    with pytest.raises(SampleMissed, match=r"failed.*provider_rejected"):
        make_sample(ADDRESS, FIRST_RUN, lambda line: None)


def test_gives_up_on_a_refusal_with_its_text(api: responses.RequestsMock) -> None:
    api.replace(responses.POST, f"{ADDRESS}/api/media/generate", json={"code": "insufficient_credits"}, status=402)
    with pytest.raises(SampleMissed, match=r"402.*insufficient_credits"):
        make_sample(ADDRESS, FIRST_RUN, lambda line: None)
