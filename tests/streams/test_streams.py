"""Event streams of a real server: from the beginning, from the middle, through its death and its stop."""

import itertools
import signal

from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine
from tests.streams.clients import CANCELED, Stream, end, tell_progress
from tests.waiting import wait_until

# Well below gunicorn's own patience with connections that stay open.
STOP_S = 6.0


def test_a_stream_tells_everything_as_it_happens_and_ends_with_the_job(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    stream = Stream(engine, alice, job)
    assert stream.response.status_code == 200
    facts = {name: stream.response.headers[name] for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering")}
    assert facts == {
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"
    }  # fmt: skip
    assert next(stream.blocks()) == ["retry: 2000"]
    queued = stream.take(1)[0]
    assert (queued.id, queued.type) == ("1", "job.queued")
    assert queued.document["number"] == 1
    assert queued.document["type"] == "job.queued"
    assert queued.document["timestamp"].endswith("Z")
    assert queued.document["data"]["jobId"] == str(job.pk)
    tell_progress(job.pk, 30)
    assert stream.take(1)[0].document["data"]["progress"] == 30
    end(job)
    rest = list(stream.events())
    assert [(event.id, event.type) for event in rest] == list(zip("345", CANCELED, strict=True))


def test_a_quiet_stream_says_that_it_is_alive(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    stream = Stream(engine, alice, job, "?lastEventId=1")
    blocks = list(itertools.islice(stream.blocks(), 3))
    assert blocks == [["retry: 2000"], [": the job goes on"], [": the job goes on"]]
    end(job)
    assert [event.type for event in stream.events()] == CANCELED


def test_who_comes_back_is_told_what_was_missed_and_nothing_twice(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    for percent in (20, 30, 40):
        tell_progress(job.pk, percent)
    by_header = Stream(engine, alice, job, **{"Last-Event-ID": "2"})
    by_parameter = Stream(engine, alice, job, "?lastEventId=3")
    by_both = Stream(engine, alice, job, "?lastEventId=1", **{"Last-Event-ID": "3"})
    end(job)
    found = ["".join(event.id for event in stream.events()) for stream in (by_header, by_parameter, by_both)]
    assert found == ["34567", "4567", "4567"]


def test_a_stream_goes_on_after_the_server_was_killed(engine: RunningEngine, alice: Tenant) -> None:
    job = alice.start()
    stream = Stream(engine, alice, job)
    before = stream.take(1)
    engine.kill("web")
    tell_progress(job.pk, 50)
    engine.wait_for_web()
    again = Stream(engine, alice, job, **{"Last-Event-ID": before[-1].id})
    assert again.take(1)[0].document["data"]["progress"] == 50
    end(job)
    assert [event.id for event in again.events()] == ["3", "4", "5"]


def test_a_server_that_is_asked_to_stop_ends_its_streams_and_waits_at_once(
    engine: RunningEngine, alice: Tenant
) -> None:
    job = alice.start()
    stream = Stream(engine, alice, job)
    stream.take(1)
    engine.processes["web"].send_signal(signal.SIGTERM)
    assert list(stream.events()) == []
    wait_until(lambda: engine.processes["web"].poll() is not None, timeout_s=STOP_S, what="the server's end")
    engine.wait_for_web()
    again = Stream(engine, alice, job, **{"Last-Event-ID": "1"})
    end(job)
    assert [event.type for event in again.events()] == CANCELED
