"""The event streams of a job and of a project."""

import uuid
from collections.abc import AsyncIterator, Iterator

from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.common.event_types import EVERYTHING, checked_patterns
from gencraft_media.generation.event_stream import (
    CONTENT_TYPE,
    EVENT_SCHEMA,
    event_stream,
    events_so_far,
    project_event_stream,
    project_events_so_far,
)
from gencraft_media.generation.open_streams import take_place
from gencraft_media.generation.project_news import newest_number
from gencraft_media.generation.queries import refuse_unknown_parameters, uuid_parameter
from gencraft_media.generation.selectors import job_for
from gencraft_media.generation.states import TERMINAL, JobStatus

_DIGITS = 15
_LAST_EVENT = [
    OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER),
    OpenApiParameter("lastEventId", int, description="For a first connection; the header is stronger."),
]


class EventStreamRenderer(JSONRenderer):
    """Names what the view answers with; problems are JSON as everywhere."""

    media_type = CONTENT_TYPE
    format = "event-stream"


class EventsView(ApiView):
    """What both streams have in common."""

    renderer_classes = [EventStreamRenderer]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """Whatever the client would accept: nobody asks here for anything but events."""
        return super().perform_content_negotiation(request, force=True)


class JobEventsView(EventsView):
    """What happens to one job, as it happens."""

    @extend_schema(
        operation_id="streamJobEvents",
        parameters=_LAST_EVENT,
        responses={(200, CONTENT_TYPE): EVENT_SCHEMA, 204: None},
        description=(
            "Server-sent events: `id` is the event's number within the job, `event` its type, `data` the whole event. "
            "Ends after the job's last event. 204: the job has ended and there is nothing after that event."
        ),
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        refuse_unknown_parameters(request, {"lastEventId"})
        source, number = last_event_number(request)
        after = number or 0
        job = job_for(caller_of(request), job_id)
        if after > job.event_count:
            raise InvalidRequest(errors=[FieldError(source, f"The job has {job.event_count} events so far.")])
        if after == job.event_count and job.status in TERMINAL[JobStatus]:
            # An EventSource comes back after every other end of a stream.
            return Response(status=204)
        if not _is_on_a_loop(request):
            return _stream(events_so_far(job_id, after))
        return _stream(event_stream(job_id, after, take_place(caller_of(request), job.project_id)))


class ProjectEventsView(EventsView):
    """What happens in one project, as it happens."""

    @extend_schema(
        operation_id="streamProjectEvents",
        parameters=[
            *_LAST_EVENT,
            OpenApiParameter("projectId", uuid.UUID, description="Without it, the key's own project."),
            OpenApiParameter(
                "types",
                {"type": "array", "items": {"type": "string"}},
                style="form",
                explode=False,
                description="Types like `job.completed` or groups like `job.*`, with commas between; all without it.",
            ),
        ],
        responses={(200, CONTENT_TYPE): EVENT_SCHEMA},
        description=(
            "Server-sent events of all jobs, assets, credits and quotas of a project: `id` is the event's number "
            "within the project, `event` its type, `data` the whole event. Begins with what happens from now on, or "
            "behind `Last-Event-ID`, and ends when the client leaves."
        ),
    )
    def get(self, request: Request) -> HttpResponseBase:
        refuse_unknown_parameters(request, {"lastEventId", "projectId", "types"})
        source, number = last_event_number(request)
        types = types_asked_for(request)
        project = project_for(caller_of(request), uuid_parameter(request, "projectId"), write=False)
        newest = newest_number(project.pk)
        after = newest if number is None else number
        if after > newest:
            raise InvalidRequest(errors=[FieldError(source, f"The project has {newest} events so far.")])
        if not _is_on_a_loop(request):
            return _stream(project_events_so_far(project.pk, after, newest, types))
        place = take_place(caller_of(request), project.pk)
        return _stream(project_event_stream(project.pk, after, types, place))


def last_event_number(request: Request) -> tuple[str, int | None]:
    """Where the client says which event it had last, and the number; None: it does not say.

    Raises `InvalidRequest` for what is no number.
    """
    header, parameter = request.headers.get("Last-Event-ID"), request.query_params.get("lastEventId")
    name, text = ("Last-Event-ID", header) if header else ("lastEventId", parameter)
    if not text:
        return name, None
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise InvalidRequest(errors=[FieldError(name, "This is not the number of an event.")])
    return name, int(text)


def types_asked_for(request: Request) -> tuple[str, ...]:
    """The types of events the client wants. Raises `InvalidRequest` for what is neither a type nor a group."""
    given = [one.strip() for text in request.query_params.getlist("types") for one in text.split(",")]
    return checked_patterns([one for one in given if one], "types") or (EVERYTHING,)


def _is_on_a_loop(request: Request) -> bool:
    return isinstance(request._request, ASGIRequest)


def _stream(parts: AsyncIterator[bytes] | Iterator[bytes]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(parts, content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response
