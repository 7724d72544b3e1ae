"""A job's events as server-sent events, in the words of the HTML standard's text/event-stream."""

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from gencraft_media.generation.watches import Event
from gencraft_media.generation.watching import WATCHER, events_of

CONTENT_TYPE = "text/event-stream"
# How soon a client whose stream ended comes back.
_RETRY = b"retry: 2000\n\n"
_HEARTBEAT = b": the job goes on\n\n"


class EventSerializer(serializers.Serializer[Any]):
    """One event of a job."""

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


async def event_stream(job_id: uuid.UUID, after: int) -> AsyncIterator[bytes]:
    """The job's events with numbers above `after` as they come, until its last; a comment whenever it is quiet."""
    yield _RETRY
    with WATCHER.watch(job_id, after=after) as watch:
        while not watch.is_over:
            if await watch.wait(settings.EVENT_HEARTBEAT_S):
                for event in watch.take():
                    yield _frame(event)
            else:
                yield _HEARTBEAT


def events_so_far(job_id: uuid.UUID, after: int) -> Iterator[bytes]:
    """What `event_stream` would begin with, for servers without an event loop: their clients come back for the rest."""
    yield _RETRY
    yield from map(_frame, events_of([job_id], after=after)[job_id])


def _frame(event: Event) -> bytes:
    document: bytes = JSONRenderer().render(EventSerializer(event).data)
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.number, event.type.encode(), document)
