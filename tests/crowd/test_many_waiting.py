"""Two hundred clients that wait: nobody else notices."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from gencraft_media.generation.models import GenerationJob
from tests.generation.tenants import BODY, Tenant
from tests.running_engine import RunningEngine
from tests.streams.clients import CANCELED, Stream, Waiting, end

STREAMS = 140
WAITING = 60
# Main thread, watcher, eight for requests, those of the database's pool.
ENOUGH_THREADS = 20
# How much slower than alone others may be answered, as the median of so many comparisons, each within a few seconds.
AT_MOST = 2.0
ROUNDS = 7


def worker_of(engine: RunningEngine) -> int:
    """The process that serves requests, a child of the one that was started."""
    pid = engine.processes["web"].pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def threads_of(pid: int) -> int:
    """How many threads a process has."""
    return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())


@contextmanager
def crowd(engine: RunningEngine, alice: Tenant) -> Iterator[list[Stream | Waiting]]:
    """Two hundred clients that wait for ten jobs, which have ended afterwards."""
    jobs = [alice.start() for _ in range(10)]
    waiting: list[Stream | Waiting] = []
    for job in itertools.islice(itertools.cycle(jobs), STREAMS):
        waiting.append(Stream(engine, alice, job))
    for job in itertools.islice(itertools.cycle(jobs), WAITING):
        waiting.append(Waiting(engine, alice, "GET", f"/api/media/jobs/{job.pk}", "wait=60"))
    for one in waiting:
        if isinstance(one, Stream):
            one.take(1)
    yield waiting
    end(*jobs)
    for one in waiting:
        if isinstance(one, Stream):
            assert [event.type for event in one.events()] == CANCELED
        else:
            assert one.answer()[1]["status"] == "canceled"


def test_two_hundred_waiting_clients_hold_no_threads_and_are_all_answered(engine: RunningEngine, alice: Tenant) -> None:
    with crowd(engine, alice) as waiting:
        assert len(waiting) == STREAMS + WAITING
        assert threads_of(worker_of(engine)) <= ENOUGH_THREADS
        assert requests.get(f"{engine.url}/livez", timeout=5).ok
        assert ask_for_a_picture(engine, alice).status_code == 202
    assert threads_of(worker_of(engine)) <= ENOUGH_THREADS


@pytest.mark.soak
@pytest.mark.parametrize("question", ["livez", "generate"])
def test_others_are_answered_within_twice_their_quiet_time(engine: RunningEngine, alice: Tenant, question: str) -> None:
    def ask() -> requests.Response:
        if question == "generate":
            return ask_for_a_picture(engine, alice)
        return requests.get(f"{engine.url}/livez", timeout=30)

    median_ms(ask)
    ratios = []
    for _ in range(ROUNDS):
        quiet_ms = median_ms(ask)
        with crowd(engine, alice):
            ratios.append(median_ms(ask) / quiet_ms)
    assert statistics.median(ratios) <= AT_MOST, ratios


def ask_for_a_picture(engine: RunningEngine, alice: Tenant) -> requests.Response:
    """POST /generate."""
    headers = {"Authorization": f"Bearer {alice.token}"}
    return requests.post(f"{engine.url}/api/media/generate", json=BODY, headers=headers, timeout=30)


def median_ms(ask: Callable[[], requests.Response], times: int = 40) -> float:
    """How long an answer takes, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        assert ask().ok
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


@pytest.fixture(autouse=True)
def no_jobs_left(engine: RunningEngine) -> Iterator[None]:
    """What a test asked for and nobody works on."""
    yield
    end(*GenerationJob.objects.filter(status="queued"))
