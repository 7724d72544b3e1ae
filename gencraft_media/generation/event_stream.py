"""The events of a job or a project as server-sent events, in the words of the HTML standard's text/event-stream."""

import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from gencraft_media.common.event_types import is_chosen
from gencraft_media.generation.job_news import events_of_jobs, job_news
from gencraft_media.generation.open_streams import Place
from gencraft_media.generation.project_news import PAGE, project_events, project_news
from gencraft_media.generation.watches import Event
from gencraft_media.generation.watching import WATCHER

CONTENT_TYPE = "text/event-stream"
# How soon a client whose stream ended comes back.
_RETRY = b"retry: 2000\n\n"
_HEARTBEAT = b": the job goes on\n\n"
# An id without an event is no event, but what a client comes back with (HTML standard, "dispatch the event").
_RETRY_FROM = b"retry: 2000\nid: %d\n\n"
_POSITION = b": the project goes on\nid: %d\n\n"


class EventSerializer(serializers.Serializer[Any]):
    """One event of a job or a project."""

    number = serializers.IntegerField()
    type = serializers.CharField()
    timestamp = serializers.DateTimeField(source="created_at")
    # Typed here: `data` is the name of the document's own field, and a property of every serializer.
    data = serializers.DictField(source="payload")  # type: ignore[assignment]


# One event as the OpenAPI document describes it: its fields on the wire, and what the text in `data` holds.
EVENT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"type": "string"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "type": "object",
                "required": ["number", "type", "timestamp", "data"],
                "properties": {
                    "number": {"type": "integer"},
                    "type": {"type": "string"},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "data": {"type": "object", "additionalProperties": True},
                },
            },
        },
    },
}


async def event_stream(job_id: uuid.UUID, after: int, place: Place) -> AsyncIterator[bytes]:
    """The job's events with numbers above `after` as they come, until its last; a comment whenever it is quiet."""
    yield _RETRY
    with place, WATCHER.watch(job_id, job_news, after=after, reach=place.reach) as watch:
        while not watch.is_over:
            if await watch.wait(settings.EVENT_HEARTBEAT_S):
                for event in watch.take():
                    yield _frame(event)
            else:
                yield _HEARTBEAT


async def project_event_stream(
    project_id: uuid.UUID, after: int, types: Sequence[str], place: Place
) -> AsyncIterator[bytes]:
    """The project's events of these types with numbers above `after` as they come, until the client leaves.

    Whoever has been told nothing yet, or nothing for long, learns the number to come back with all the same.
    """
    yield _RETRY_FROM % after
    with place, WATCHER.watch(project_id, project_news, after=after, types=types, reach=place.reach) as watch:
        while not watch.is_over:
            if await watch.wait(settings.EVENT_HEARTBEAT_S):
                for event in watch.take():
                    yield _frame(event)
            else:
                yield _POSITION % watch.position


def events_so_far(job_id: uuid.UUID, after: int) -> Iterator[bytes]:
    """What `event_stream` would begin with, for servers without an event loop: their clients come back for the rest."""
    yield _RETRY
    yield from map(_frame, events_of_jobs([job_id], after=after)[job_id])


def project_events_so_far(project_id: uuid.UUID, after: int, newest: int, types: Sequence[str]) -> Iterator[bytes]:
    """As `events_so_far`, for a project: what follows on `after`, a page of it."""
    page = [event for event in project_events(project_id, after) if event.number <= newest]
    yield _RETRY_FROM % after
    yield from (_frame(event) for event in page if is_chosen(event.type, types))
    yield _POSITION % min(after + PAGE, newest)


def _frame(event: Event) -> bytes:
    document: bytes = JSONRenderer().render(EventSerializer(event).data)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.number, event.type.encode(), document)
