"""The stream of a whole project on a real server: everything in one order, until the client or its key goes."""

import itertools
import time

import pytest
import requests

from gencraft_media.accounts.keys import revoke_key
from gencraft_media.accounts.models import ApiKey, Membership
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.stamping import stamp_events
from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import RunningEngine
from tests.streams.clients import CANCELED, Stream, end, opened, tell_progress
from tests.streams.conftest import STREAMS_PER_KEY
from tests.waiting import wait_until

# What the engine promises; the server of these tests asks with its short heartbeat.
GONE_S = 10.0


def position(stream: Stream) -> int:
    """The number that a new stream says it begins behind."""
    block = next(stream.blocks())
    assert block[0] == "retry: 2000"
    return int(block[1].removeprefix("id: "))


def test_everything_that_happens_in_a_project_is_told_in_one_order(engine: RunningEngine, alice: Tenant) -> None:
    before, bob = alice.start(), make_tenant("bob")
    stamp_events()
    stream = Stream(engine, alice, None)
    assert (stream.response.status_code, stream.response.headers["Content-Type"]) == (200, "text/event-stream")
    assert position(stream) == 1
    other, foreign = alice.start(), bob.start()
    tell_progress(before.pk, 40)
    end(other, foreign)
    stamp_events()
    told = stream.take(5)
    assert [int(event.id) for event in told] == [2, 3, 4, 5, 6]
    assert [event.type for event in told] == ["job.queued", "job.progress", *CANCELED]
    assert [event.document["number"] for event in told] == [2, 3, 4, 5, 6]
    assert [event.document["data"]["jobId"] for event in told[:3]] == [str(other.pk), str(before.pk), str(other.pk)]


def test_only_what_was_chosen_is_told_and_what_was_not_is_passed_over(engine: RunningEngine, alice: Tenant) -> None:
    stream = Stream(engine, alice, None, "?types=item.*,job.canceled")
    assert position(stream) == 0
    end(alice.start())
    stamp_events()
    assert [(event.id, event.type) for event in stream.take(2)] == [("3", "item.canceled"), ("4", "job.canceled")]
    tell_progress(alice.start().pk, 20)
    stamp_events()
    quiet = next(block for block in stream.blocks() if block[1:] == ["id: 6"])
    assert quiet == [": the project goes on", "id: 6"]


def test_who_comes_back_is_told_what_was_missed_even_after_the_server_was_killed(
    engine: RunningEngine, alice: Tenant
) -> None:
    stream = Stream(engine, alice, None)
    job = alice.start()
    stamp_events()
    last = stream.take(1)[0].id
    engine.kill("web")
    end(job)
    stamp_events()
    engine.wait_for_web()
    again = Stream(engine, alice, None, **{"Last-Event-ID": last})
    assert [event.type for event in again.take(3)] == CANCELED
    everything = Stream(engine, alice, None, "?lastEventId=0")
    assert [event.id for event in everything.take(4)] == ["1", "2", "3", "4"]


def test_a_long_past_comes_whole_and_in_order(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    DomainEvent.objects.bulk_create(
        DomainEvent(
            subject_kind="job", subject_id=job.pk, number=number, project_id=alice.project.pk, type="job.progress",
            payload={"jobId": str(job.pk)},
        )
        for number in range(2, 1301)
    )  # fmt: skip
    for _ in range(2):
        stamp_events()
    numbers = [int(event.id) for event in Stream(engine, alice, None, "?lastEventId=0").take(1300)]
    assert numbers == list(range(1, 1301))


@pytest.mark.parametrize("whole", [True, False], ids=["of the project", "of a job"])
def test_a_stream_ends_soon_after_its_key_was_revoked(engine: RunningEngine, alice: Tenant, whole: bool) -> None:
    job = alice.start()
    stream = Stream(engine, alice, None if whole else job)
    next(stream.blocks())
    revoke_key(ApiKey.objects.get(project=alice.project))
    began = time.monotonic()
    rest = list(stream.blocks())
    assert time.monotonic() - began < GONE_S / 2
    assert all(block[0].startswith((":", "id: 1")) for block in rest)
    assert Stream(engine, alice, None if whole else job).response.status_code == 401


def test_a_stream_ends_for_who_is_no_longer_a_member(engine: RunningEngine, alice: Tenant) -> None:
    stream = Stream(engine, alice, None)
    next(stream.blocks())
    Membership.objects.filter(project=alice.project).delete()
    assert len(list(itertools.islice(stream.blocks(), 100))) < 100


def test_a_key_has_so_many_streams_and_gets_a_place_back_when_one_ends(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    streams = [Stream(engine, alice, job if number % 2 else None) for number in range(STREAMS_PER_KEY)]
    assert {stream.response.status_code for stream in streams} == {200}
    for full in (Stream(engine, alice, None), Stream(engine, alice, job)):
        problem = full.response.json()
        assert (full.response.status_code, problem["code"], problem["limit"]) == (429, "too_many_streams", 4)
        assert full.response.headers["Retry-After"] == "10"
    assert Stream(engine, make_tenant("bob"), None).response.status_code == 200
    streams[0].response.close()
    wait_until(lambda: _opens(engine, alice), what="the place of the stream that was closed")


def _opens(engine: RunningEngine, alice: Tenant) -> bool:
    response = Stream(engine, alice, None).response
    if response.status_code != 200:
        opened.remove(response)
        response.close()
    return response.ok


def test_a_project_that_was_deleted_ends_its_streams(engine: RunningEngine) -> None:
    gone = make_tenant("gone")
    stream = Stream(engine, gone, None)
    next(stream.blocks())
    gone.project.delete()
    assert len(list(itertools.islice(stream.blocks(), 100))) < 100
    assert isinstance(stream.response, requests.Response)
