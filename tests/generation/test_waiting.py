"""Waiting for jobs on an event loop: one thread looks for all, and nothing is left behind by those who leave."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from gencraft_media.accounts.reach import Reach
from gencraft_media.generation import event_stream, waiting, watching
from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.job_news import job_news
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.open_streams import Place
from gencraft_media.generation.preferences import LONGEST_WAIT_S, wait_asked_for
from gencraft_media.generation.waiting import Event, job_events, wait_for_end
from gencraft_media.generation.watches import News, Watch
from gencraft_media.generation.watching import Watcher
from tests.generation.tenants import Tenant
from tests.waiting import until, wait_until

LONG_S = 30.0
WATCHING = "job-watcher"


def watching_threads() -> list[threading.Thread]:
    """The threads that look after jobs."""
    return [thread for thread in threading.enumerate() if thread.name == WATCHING]


@pytest.fixture(autouse=True)
def watcher(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Watcher]:
    """A watcher of the test's own, that leaves no thread behind."""
    settings.WATCH_INTERVAL_S = 0.03
    watcher = Watcher()
    for module in (waiting, event_stream):
        monkeypatch.setattr(module, "WATCHER", watcher)
    yield watcher
    wait_until(lambda: not watching_threads(), what="the end of the watching thread")


async def once(condition: Callable[[], object], work: Callable[[], object]) -> None:
    """Do something in a thread, as soon as the condition holds."""
    await until(condition)
    await sync_to_async(_closing, thread_sensitive=False)(work)


def _closing(work: Callable[[], object]) -> None:
    try:
        work()
    finally:
        connection.close()


def test_the_end_of_a_job_is_learned_soon(alice: Tenant, watcher: Watcher) -> None:
    job = alice.start()

    async def main() -> tuple[bool, float]:
        began = time.monotonic()
        canceling = once(lambda: watcher._watches, lambda: cancel_job(job.pk))
        ended, _ = await asyncio.gather(wait_for_end(job.pk, LONG_S), canceling)
        return ended, time.monotonic() - began

    ended, took_s = asyncio.run(main())
    assert ended
    assert took_s < LONG_S / 2


def test_a_job_that_ended_before_or_is_gone_is_not_waited_for(alice: Tenant) -> None:
    job = alice.start()
    cancel_job(job.pk)
    assert asyncio.run(wait_for_end(job.pk, LONG_S))
    assert asyncio.run(wait_for_end(uuid.uuid4(), LONG_S))


def test_who_waits_long_enough_is_told_that_it_did_not_end(alice: Tenant) -> None:
    assert not asyncio.run(wait_for_end(alice.start().pk, 0.1))


def test_events_come_in_order_to_each_from_where_it_asked(alice: Tenant, watcher: Watcher) -> None:
    job = alice.start()

    async def collect(number: int) -> list[Event]:
        return [event async for event in job_events(job.pk, number)]

    async def main() -> tuple[list[Event], list[Event], list[Event]]:
        canceling = asyncio.create_task(once(lambda: len(watcher._watches) == 3, lambda: cancel_job(job.pk)))
        found = await asyncio.gather(collect(0), collect(1), collect(3))
        await canceling
        return found

    everything, late, last = asyncio.run(main())
    assert [event.number for event in everything] == [1, 2, 3, 4]
    assert [event.type for event in late] == ["job.cancel_requested", "item.canceled", "job.canceled"]
    assert last == everything[3:]


def test_events_end_when_the_time_is_up(alice: Tenant) -> None:
    job = alice.start()

    async def main() -> list[str]:
        return [event.type async for event in job_events(job.pk, 0, timeout_s=0.2)]

    assert asyncio.run(main()) == ["job.queued"]


def test_a_hundred_waiters_cost_one_thread_and_one_query_a_look(
    alice: Tenant, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [alice.start() for _ in range(5)]
    looks: list[int] = []
    news_for = watching._news_for

    def counting(watches: list[object]) -> object:
        with CaptureQueriesContext(connection) as queries:
            found = news_for(watches)  # type: ignore[arg-type]
        looks.append(len(queries))
        return found

    monkeypatch.setattr(watching, "_news_for", counting)

    async def main() -> list[bool]:
        waits = [asyncio.create_task(wait_for_end(jobs[turn % 5].pk, LONG_S)) for turn in range(100)]
        await until(lambda: len(watcher._watches) == 100 and len(looks) > 2)
        assert len(watching_threads()) == 1
        await once(lambda: True, lambda: [cancel_job(job.pk) for job in jobs])
        return await asyncio.gather(*waits)

    assert asyncio.run(main()) == [True] * 100
    assert len(looks) > 2
    assert set(looks) == {1}


def test_an_outage_of_the_database_is_no_news(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    job = alice.start()
    news_for, failures = watching._news_for, [OperationalError("away"), OperationalError("still away")]
    monkeypatch.setattr(watching, "_TROUBLE_PAUSE_S", 0.02)

    def failing(watches: list[object]) -> object:
        if failures:
            raise failures.pop()
        return news_for(watches)  # type: ignore[arg-type]

    monkeypatch.setattr(watching, "_news_for", failing)

    async def main() -> bool:
        canceling = once(lambda: not failures, lambda: cancel_job(job.pk))
        ended, _ = await asyncio.gather(wait_for_end(job.pk, LONG_S), canceling)
        return ended

    assert asyncio.run(main())
    assert not failures


def test_who_leaves_is_forgotten(alice: Tenant, watcher: Watcher) -> None:
    job = alice.start()
    reach = Reach(alice.project.owner_id, alice.project.pk, None)

    async def main() -> None:
        stream = event_stream.event_stream(job.pk, 0, Place("key:x", reach))
        assert await anext(stream) == b"retry: 2000\n\n"
        assert (await anext(stream)).startswith(b"id: 1\n")
        waits = [asyncio.create_task(wait_for_end(job.pk, LONG_S)), asyncio.create_task(anext(stream))]  # type: ignore[arg-type]
        await until(lambda: len(watcher._watches) == 2)
        for task in waits:
            task.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        assert not watcher._watches

    asyncio.run(main())


def test_a_stop_ends_waits_that_began_and_waits_that_begin(alice: Tenant, watcher: Watcher) -> None:
    job = alice.start()

    async def main() -> list[object]:
        waits = asyncio.gather(wait_for_end(job.pk, LONG_S), anext(job_events(job.pk, 1), None))
        await until(lambda: len(watcher._watches) == 2)
        watcher.stop()
        return [*await waits, await wait_for_end(job.pk, LONG_S)]

    assert asyncio.run(main()) == [False, None, False]
    assert GenerationJob.objects.get(pk=job.pk).status == "queued"


def test_news_that_comes_just_when_a_wait_gives_up_is_not_lost() -> None:
    event = Event(1, "job.completed", datetime.now(UTC), {})

    async def main() -> None:
        watch = Watch(uuid.uuid4(), job_news, after=0)
        assert not await watch.wait(0.01)
        watch.bring(News((event,), ended=True))
        assert not watch.is_over
        assert await watch.wait(0)
        assert watch.take() == [event]
        assert watch.is_over

    asyncio.run(main())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("wait=5", 5), ("Wait=5", 5), ('wait="5"', 5), ("respond-async, wait = 7;x=1", 7), ("wait=5, wait=9", 5),
     ("wait=600", LONGEST_WAIT_S), ("wait=0", 0), ("wait=-1", 0), ("wait=²", 0), ("wait", 0), ("handling=strict", 0)],
)  # fmt: skip
def test_how_long_a_client_is_willing_to_wait(header: str, seconds: int) -> None:
    assert wait_asked_for(Request(APIRequestFactory().get("/", headers={"Prefer": header}))) == seconds


def test_who_does_not_say_does_not_wait() -> None:
    assert wait_asked_for(Request(APIRequestFactory().get("/"))) == 0
