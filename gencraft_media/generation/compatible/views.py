"""POST /v1/images/…: admitted in a thread, waited for without one, answered from a thread again."""

import asyncio
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from gencraft_media.common.errors import ObjectNotFound, ServiceUnavailable
from gencraft_media.generation.compatible.admitting import (
    AdmitEditView,
    AdmitImagesView,
    Admitted,
    AdmitVariationView,
    admit_request,
    note_departure,
)
from gencraft_media.generation.compatible.answers import StillRunning, answer_for
from gencraft_media.generation.compatible.errors import NO_RETRY, error_document, error_response
from gencraft_media.generation.compatible.repeats import move_call
from gencraft_media.generation.compatible.streaming import image_events
from gencraft_media.generation.models import CallState
from gencraft_media.generation.waiting import wait_for_end

# How long a provider that has begun may still work after the job's deadline, and a little for the picture.
_AFTER_DEADLINE_S = 660.0
# Kept until it is done: the event loop itself forgets a task that nobody holds.
_departures: set[asyncio.Future[None]] = set()


# The view inside checks the token itself where a browser's session asks.
@method_decorator(csrf_exempt, name="dispatch")
class ImageGenerationsView(View):
    """Pictures from a text, in OpenAI's words."""

    admitting: ClassVar[type[AdmitImagesView]] = AdmitImagesView

    async def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return await self._answer(request)
        except asyncio.CancelledError:
            departure = asyncio.ensure_future(sync_to_async(note_departure, thread_sensitive=False)(request))
            _departures.add(departure)
            departure.add_done_callback(_departures.discard)
            raise

    async def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        return await self.http_method_not_allowed(request)

    async def http_method_not_allowed(  # type: ignore[override]
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """The view inside says so, after asking who it is."""
        return await self._answer(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        admitted = await sync_to_async(admit_request)(request, self.admitting.as_view())
        if not isinstance(admitted, Admitted):
            return admitted
        response = await (_stream(admitted) if admitted.delivery.stream else _wait(admitted, request))
        for name, value in admitted.headers.items():
            response.headers.setdefault(name, value)
        response.headers["x-gencraft-job-id"] = str(admitted.job_id)
        if admitted.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response


class ImageEditsView(ImageGenerationsView):
    """Pictures out of other pictures."""

    admitting = AdmitEditView


class ImageVariationsView(ImageGenerationsView):
    """Variations of a picture."""

    admitting = AdmitVariationView


class NowhereView(View):
    """Every other address under /v1."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        return error_response(ObjectNotFound(f"There is no {request.method} {request.path} here."), request)


def patience_s() -> float:
    """How long a call is held open: as long as a job may take. The official clients give up after ten minutes."""
    return float(settings.JOB_DEADLINE_S) + _AFTER_DEADLINE_S


async def _stream(admitted: Admitted) -> StreamingHttpResponse:
    events = image_events(admitted, patience_s=patience_s())
    # nginx would otherwise keep events back until its buffer is full.
    return StreamingHttpResponse(events, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _wait(admitted: Admitted, request: HttpRequest) -> HttpResponseBase:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s()
    try:
        if not await wait_for_end(admitted.job_id, patience_s()):
            if loop.time() < deadline and admitted.repeatable:
                return _come_back()
            raise StillRunning
        body, headers = await answer_for(admitted.job_id, admitted.delivery)
        if admitted.turn is not None:
            await sync_to_async(move_call)(admitted.turn, CallState.ANSWERED)
    except Exception as error:  # noqa: BLE001 (whatever it is: the call has its job and must not be sent again)
        return error_response(error, request, admitted=True)
    return JsonResponse(body, headers=headers | NO_RETRY)


def _come_back() -> JsonResponse:
    """This process stops, and the same request to its successor finds the same job."""
    error = ServiceUnavailable("The server is being restarted; send the request again for its result.")
    headers = {"x-should-retry": "true", "Retry-After": "1"}
    return JsonResponse(error_document(error), status=error.http_status, headers=headers)
