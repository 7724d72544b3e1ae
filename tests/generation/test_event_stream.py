"""What an event stream says and to whom, asked of the view: without an event loop it tells what there is and ends."""

import json
import uuid
from typing import Any

import pytest

from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant


def ask(tenant: Tenant, job_id: uuid.UUID, query: str = "", **headers: str) -> Any:
    """GET the job's events, whatever the answer."""
    return tenant.client.get(f"/api/media/jobs/{job_id}/events{query}", headers=headers)


def events_in(answer: Any) -> list[dict[str, str]]:
    """The fields of each event of an answer."""
    blocks = b"".join(answer.streaming_content).decode().split("\n\n")
    events = [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks if block]
    assert events.pop(0) == {"retry": "2000"}
    return events


def test_each_event_is_told_with_its_number_type_time_and_facts(alice: Tenant) -> None:
    job = drive(alice.start())
    answer = ask(alice, job.pk, Accept="text/event-stream")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")
    told = events_in(answer)
    written = list(DomainEvent.objects.filter(subject_id=job.pk).order_by("number"))
    assert [(int(event["id"]), event["event"]) for event in told] == [(row.number, row.type) for row in written]
    for event, row in zip(told, written, strict=True):
        document = json.loads(event["data"])
        assert document.pop("timestamp").endswith("Z")
        assert document == {"number": row.number, "type": row.type, "data": row.payload}
    assert told[-1]["event"] == "job.completed"


@pytest.mark.parametrize(
    "accepted", ["text/event-stream", "*/*", "application/json", "text/html, */*;q=0.1", "image/png"]
)
def test_events_are_told_whatever_the_client_says_it_accepts(alice: Tenant, accepted: str) -> None:
    answer = ask(alice, alice.start().pk, Accept=accepted)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream")


def test_no_line_of_a_prompt_or_an_error_can_break_an_event_apart(alice: Tenant) -> None:
    job = alice.start()
    DomainEvent.objects.filter(subject_id=job.pk).update(payload={"text": "one\ntwo\r\n\nevent: job.completed"})
    (event,) = events_in(ask(alice, job.pk))
    assert json.loads(event["data"])["data"]["text"] == "one\ntwo\r\n\nevent: job.completed"


def test_after_a_number_only_later_events_are_told(alice: Tenant) -> None:
    job = drive(alice.start())
    last = str(job.event_count)
    assert [event["id"] for event in events_in(ask(alice, job.pk, **{"Last-Event-ID": str(job.event_count - 1)}))] == [
        last
    ]
    assert events_in(ask(alice, job.pk, f"?lastEventId={job.event_count - 1}"))[0]["id"] == last
    assert events_in(ask(alice, job.pk, "?lastEventId="))[0]["id"] == "1"


def test_who_has_everything_of_a_job_that_ended_is_told_not_to_come_back(alice: Tenant) -> None:
    job = drive(alice.start())
    answer = ask(alice, job.pk, **{"Last-Event-ID": str(job.event_count)})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "²", "9" * 30, "77"])
@pytest.mark.parametrize("place", ["Last-Event-ID", "lastEventId"])
def test_what_is_no_event_of_the_job_is_refused_by_name(alice: Tenant, number: str, place: str) -> None:
    job = alice.start()
    header = {"Last-Event-ID": number.encode().decode("latin-1")} if place == "Last-Event-ID" else {}
    answer = ask(alice, job.pk, "" if header else f"?lastEventId={number}", Accept="text/event-stream", **header)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [place]


def test_strangers_and_jobs_that_never_were_are_not_there(alice: Tenant) -> None:
    job = alice.start()
    answers = [ask(make_tenant("mallory"), job.pk), ask(alice, uuid.uuid4())]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2


def test_parameters_that_do_not_exist_are_refused(alice: Tenant) -> None:
    job = alice.start()
    assert ask(alice, job.pk, "?since=1").status_code == 422
    assert GenerationJob.objects.get(pk=job.pk).event_count == 1
