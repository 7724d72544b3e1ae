"""The event stream of a job."""

import uuid

from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.api import ApiView
from gencraft_media.accounts.callers import caller_of
from gencraft_media.common.errors import FieldError, InvalidRequest
from gencraft_media.generation.event_stream import CONTENT_TYPE, EVENT_SCHEMA, event_stream, events_so_far
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.selectors import job_for
from gencraft_media.generation.states import TERMINAL, JobStatus

_DIGITS = 9


class EventStreamRenderer(JSONRenderer):
    """Names what the view answers with; problems are JSON as everywhere."""

    media_type = CONTENT_TYPE
    format = "event-stream"


class JobEventsView(ApiView):
    """What happens to one job, as it happens."""

    renderer_classes = [EventStreamRenderer]

    @extend_schema(
        operation_id="streamJobEvents",
        parameters=[
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER),
            OpenApiParameter("lastEventId", int, description="For a first connection; the header is stronger."),
        ],
        responses={(200, CONTENT_TYPE): EVENT_SCHEMA, 204: None},
        description=(
            "Server-sent events: `id` is the event's number within the job, `event` its type, `data` the whole event. "
            "Ends after the job's last event. 204: the job has ended and there is nothing after that event."
        ),
    )
    def get(self, request: Request, job_id: uuid.UUID) -> HttpResponseBase:
        refuse_unknown_parameters(request, {"lastEventId"})
        source, after = last_event_number(request)
        job = job_for(caller_of(request), job_id)
        if after > job.event_count:
            raise InvalidRequest(errors=[FieldError(source, f"The job has {job.event_count} events so far.")])
        if after == job.event_count and job.status in TERMINAL[JobStatus]:
            # An EventSource comes back after every other end of a stream.
            return Response(status=204)
        on_a_loop = isinstance(request._request, ASGIRequest)
        response = StreamingHttpResponse(
            event_stream(job_id, after) if on_a_loop else events_so_far(job_id, after), content_type=CONTENT_TYPE
        )
        response["Cache-Control"] = "no-store"
        response["X-Accel-Buffering"] = "no"
        return response

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """Whatever the client would accept: nobody asks here for anything but events."""
        return super().perform_content_negotiation(request, force=True)


def last_event_number(request: Request) -> tuple[str, int]:
    """Where the client says which event it had last, and the number, 0 for none.

    Raises `InvalidRequest` for what is no number.
    """
    header, parameter = request.headers.get("Last-Event-ID"), request.query_params.get("lastEventId")
    name, text = ("Last-Event-ID", header) if header else ("lastEventId", parameter or "0")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise InvalidRequest(errors=[FieldError(name, "This is not the number of an event.")])
    return name, int(text)
