"""The proxy's configuration in a real nginx before an engine; collected where nginx is installed."""

import shutil
from collections.abc import Iterator

import pytest
import requests
from pytest_django.plugin import DjangoDbBlocker

from tests.generation.tenants import BODY, Tenant, make_tenant
from tests.running_engine import ENGINE, RunningEngine, running_engine
from tests.services.nginx import Nginx
from tests.services.programs import scratch_folder

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    variables = {"API_REQUESTS_PER_MINUTE": "-1", "EVENT_HEARTBEAT_S": "0.5"}
    with django_db_blocker.unblock(), running_engine(tmp_path_factory.mktemp("engine"), *ENGINE, **variables) as one:
        yield one


@pytest.fixture(scope="module")
def alice(engine: RunningEngine) -> Tenant:
    """Alice with a thousand credits."""
    return make_tenant()


@pytest.fixture(scope="module")
def proxy(engine: RunningEngine) -> Iterator[str]:
    """The address of nginx."""
    scratch = scratch_folder()
    server = Nginx(scratch / "nginx", engine.port)
    try:
        server.start()
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def key_of(alice: Tenant) -> dict[str, str]:
    return {"Authorization": f"Bearer {alice.token}"}


def ask(proxy: str, alice: Tenant, **fields: object) -> str:
    """The address of a new job."""
    body = {**BODY, "model": "sim/priced", **fields}
    answer = requests.post(f"{proxy}/api/media/generate", json=body, headers=key_of(alice), timeout=30)
    assert answer.status_code == 202, answer.text
    return f"{proxy}/api/media/jobs/{answer.json()['id']}"


def test_an_event_stream_arrives_while_it_goes_on(proxy: str, alice: Tenant, engine: RunningEngine) -> None:
    engine.kill("dispatcher")
    job = ask(proxy, alice)
    with requests.get(f"{job}/events", headers=key_of(alice), stream=True, timeout=20) as stream:
        told = stream.iter_lines()
        # The job stands still, so that the stream cannot have ended when this arrives.
        assert any(line == b"event: job.queued" for line in told)
        engine.start("dispatcher")
        assert any(line == b"event: job.completed" for line in told)


def test_a_picture_is_asked_for_once_and_given_also_while_the_engine_is_away(
    proxy: str, alice: Tenant, engine: RunningEngine
) -> None:
    headers = {**key_of(alice), "Prefer": "wait=60"}
    job = requests.get(ask(proxy, alice), headers=headers, timeout=90).json()
    path = job["result"]["cdnUrl"].removeprefix(engine.url)
    first, second = (requests.get(f"{proxy}{path}", timeout=30) for _ in range(2))
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert second.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert second.content == first.content
    engine.kill("web")
    assert requests.get(f"{proxy}{path}", timeout=30).content == first.content
    assert requests.get(f"{proxy}/livez", timeout=30).status_code == 502
    engine.start("web")
    engine.wait_for_web()
    assert requests.get(f"{proxy}/livez", timeout=30).ok


@pytest.mark.parametrize(("size", "status"), [(2_000_000, {400, 413, 422}), (3_000_000, {413})])
def test_large_requests_go_no_further(proxy: str, alice: Tenant, size: int, status: set[int]) -> None:
    body = {**BODY, "prompt": "x" * size}
    answer = requests.post(f"{proxy}/api/media/estimate", json=body, headers=key_of(alice), timeout=30)
    assert answer.status_code in status
    assert answer.headers["Content-Type"].startswith("application/problem+json" if size < 2_097_152 else "text/html")


@pytest.mark.parametrize(("size", "status"), [(5_000_000, 422), (26_300_000, 413)])
def test_pictures_get_as_far_as_the_engine(proxy: str, alice: Tenant, size: int, status: int) -> None:
    answer = requests.post(f"{proxy}/api/media/uploads", files={"file": bytes(size)}, headers=key_of(alice), timeout=60)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
