"""What the stream of a project says and to whom, and what listening costs."""

import asyncio
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.reach import Reach
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation import event_stream, open_streams, watching
from gencraft_media.generation.errors import TooManyStreams
from gencraft_media.generation.open_streams import Place, take_place
from gencraft_media.generation.project_news import PAGE, project_news
from gencraft_media.generation.stamping import stamp_events
from gencraft_media.generation.watching import Watcher
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant
from tests.generation.test_event_stream import events_in
from tests.waiting import until, wait_until


@pytest.fixture
def watcher(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Watcher]:
    """A watcher of the test's own, that leaves no thread behind."""
    settings.WATCH_INTERVAL_S = 0.03
    watcher = Watcher()
    monkeypatch.setattr(event_stream, "WATCHER", watcher)
    yield watcher
    wait_until(lambda: not [one for one in threading.enumerate() if one.name == "job-watcher"], what="the thread's end")


def ask(tenant: Tenant, query: str = "", **headers: str) -> Any:
    """GET the project's events, whatever the answer."""
    return tenant.client.get(f"/api/media/events{query}", headers=headers)


def told(answer: Any) -> list[dict[str, str]]:
    """The fields of each event of an answer, without the blocks that only say a position."""
    blocks = b"".join(answer.streaming_content).decode().split("\n\n")
    fields = [dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":") for block in blocks if block]
    assert fields[0]["retry"] == "2000"
    return [event for event in fields if "event" in event]


def many_events(tenant: Tenant, count: int) -> None:
    """So many numbered events of a project."""
    DomainEvent.objects.bulk_create(
        DomainEvent(subject_kind="job", subject_id=uuid.uuid4(), number=1, type="job.progress", payload={"n": number},
                    project_id=tenant.project.pk, project_number=number)
        for number in range(1, count + 1)
    )  # fmt: skip


def reach_of_owner(tenant: Tenant) -> Reach:
    """As if the owner's browser listened."""
    return Reach(tenant.project.owner_id, tenant.project.pk, None)


def test_events_of_all_jobs_are_told_with_their_numbers_in_the_project(alice: Tenant) -> None:
    jobs = [drive(alice.start()), alice.start()]
    drive(make_tenant("bob").start())
    stamp_events()
    events = told(ask(alice, "?lastEventId=0"))
    assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1))
    documents = [json.loads(event["data"]) for event in events]
    assert [document["number"] for document in documents] == [int(event["id"]) for event in events]
    assert {document["data"]["jobId"] for document in documents} == {str(job.pk) for job in jobs}
    assert {event["event"] for event in events} >= {"job.queued", "item.completed", "job.completed"}


def test_a_stream_without_a_number_begins_now_and_says_where(alice: Tenant) -> None:
    alice.start()
    stamp_events()
    answer = b"".join(ask(alice).streaming_content).decode()
    assert answer == "retry: 2000\nid: 1\n\n: the project goes on\nid: 1\n\n"


@pytest.mark.parametrize(
    ("query", "found"),
    [("&types=job.completed", {"job.completed"}), ("&types=item.*,job.completed", {"item.completed", "job.completed"}),
     ("&types=item.*&types=job.queued", {"item.completed", "job.queued"}), ("&types=credits.*", set())],
)  # fmt: skip
def test_only_chosen_types_are_told(alice: Tenant, query: str, found: set[str]) -> None:
    drive(alice.start())
    stamp_events()
    assert {event["event"] for event in told(ask(alice, f"?lastEventId=0{query}"))} == found


@pytest.mark.parametrize(
    "types", ["job.*.x", "Job.*", "job*", "*.completed", "job..x", "a" * 60 + "!", "x," * 60 + "y!"]
)
def test_what_matches_no_type_is_refused_by_name(alice: Tenant, types: str) -> None:
    answer = ask(alice, f"?types={types}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, ["types"])


@pytest.mark.parametrize("query", ["?lastEventId=1", "?lastEventId=x", "?projectId=x", "?since=1"])
def test_what_is_no_number_or_parameter_is_refused(alice: Tenant, query: str) -> None:
    assert ask(alice, query).status_code == 422


def test_a_strangers_project_is_not_there(alice: Tenant) -> None:
    assert ask(make_tenant("mallory"), f"?projectId={alice.project.pk}").status_code == 404
    assert ask(alice, f"?projectId={alice.project.pk}").status_code == 200


def test_on_a_server_without_a_loop_the_past_comes_page_by_page(alice: Tenant) -> None:
    many_events(alice, PAGE + 5)
    first = ask(alice, "?lastEventId=0")
    text = b"".join(first.streaming_content).decode()
    assert text.count("event: ") == PAGE
    assert text.endswith(f"id: {PAGE}\n\n")
    assert len(told(ask(alice, "", **{"Last-Event-ID": str(PAGE)}))) == 5


def test_many_listeners_cost_one_query_a_look_and_nobody_costs_none(
    alice: Tenant, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = [alice, *[make_tenant(name) for name in ("bob", "carol", "dave")]]
    looks: list[int] = []
    news_for = watching._news_for

    def counting(watches: list[object]) -> object:
        with CaptureQueriesContext(connection) as queries:
            found = news_for(watches)  # type: ignore[arg-type]
        looks.append(len(queries))
        return found

    monkeypatch.setattr(watching, "_news_for", counting)

    async def main() -> None:
        streams = []
        for number in range(40):
            tenant = tenants[number % 4]
            place = Place("key:x", reach_of_owner(tenant))
            streams.append(event_stream.project_event_stream(tenant.project.pk, 0, ("*",), place))
        for stream in streams:
            await anext(stream)
        waits = [asyncio.ensure_future(anext(stream)) for stream in streams]
        await until(lambda: len(watcher._watches) == 40 and len(looks) > 5)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    asyncio.run(main())
    assert set(looks) == {1}
    assert not watcher._watches


def test_who_takes_nothing_is_not_given_all_of_a_long_past(alice: Tenant, watcher: Watcher) -> None:
    many_events(alice, 10 * PAGE)

    async def main() -> list[int]:
        with watcher.watch(alice.project.pk, project_news, after=0) as watch:
            await until(lambda: watch.given >= PAGE)
            looks = watch.given
            await watch.wait(1)
            await watch.wait(0.2)
            assert (looks, watch.given, len(watch._events)) == (PAGE, PAGE, PAGE)
            numbers: list[int] = []
            while len(numbers) < 10 * PAGE:
                numbers += [event.number for event in watch.take()]
                await watch.wait(1)
            return numbers

    assert asyncio.run(main()) == list(range(1, 10 * PAGE + 1))


def test_a_place_comes_back_with_its_stream_also_with_one_that_never_began(alice: Tenant, settings: Settings) -> None:
    settings.STREAMS_PER_KEY = 2
    caller = Caller.with_session(alice.project.owner)
    with take_place(caller, alice.project.pk):
        unbegun = event_stream.event_stream(uuid.uuid4(), 0, take_place(caller, alice.project.pk))
        with pytest.raises(TooManyStreams):
            take_place(caller, alice.project.pk)
        del unbegun
        assert len(open_streams._places) == 1
    assert take_place(caller, alice.project.pk).label == caller.label
    assert not open_streams._places


def test_a_job_is_told_in_its_own_numbers_still(alice: Tenant) -> None:
    drive(alice.start())
    job = drive(alice.start())
    stamp_events()
    answer = alice.client.get(f"/api/media/jobs/{job.pk}/events")
    assert next(event["id"] for event in events_in(answer)) == "1"
