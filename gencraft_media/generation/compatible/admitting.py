"""The synchronous half of POST /v1/images/…: from the request to its job, or to a refusal."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from django.db import close_old_connections
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.callers import Caller, caller_of
from gencraft_media.accounts.models import Project
from gencraft_media.accounts.rate_limit import RequestsExhausted
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.multipart import StrictMultiPartParser
from gencraft_media.generation.admission import Admission, GenerationOrder, admit, fingerprint_of
from gencraft_media.generation.compatible.base import CompatibleView
from gencraft_media.generation.compatible.pictures import PictureJsonParser, document_in
from gencraft_media.generation.compatible.repeats import (
    Turn,
    admit_in_turn,
    forget_call,
    move_call,
    remember_refusal,
    retry_count_in,
    take_turn,
)
from gencraft_media.generation.compatible.serializers import (
    AnyImageSerializer,
    EditDocumentSerializer,
    EditFormSerializer,
    ImageRequestSerializer,
    VariationDocumentSerializer,
    VariationFormSerializer,
)
from gencraft_media.generation.compatible.wishes import Delivery, delivery_from, order_from
from gencraft_media.generation.generate_views import idempotency_key_of
from gencraft_media.generation.models import CallState
from gencraft_media.generation.multipart import digested
from gencraft_media.generation.queries import refuse_unknown_parameters
from providers.operations import Operation

# Where the request's turn is noted for whoever learns that its client has gone.
_TURN = "gencraft.compatible_turn"


@dataclass(frozen=True)
class Admitted:
    """A call with its job; `replayed` when an earlier request made it."""

    job_id: uuid.UUID
    delivery: Delivery
    turn: Turn | None
    replayed: bool
    # Whether the client can send the request again without making a second job.
    repeatable: bool
    headers: dict[str, str] = field(default_factory=dict)


class AdmittedResponse(Response):
    """What the view below answers when there is a job: not for the client, but for the half that waits."""

    def __init__(self, admitted: Admitted) -> None:
        super().__init__()
        self.admitted = admitted


class AdmitImagesView(CompatibleView):
    """Checks and admits pictures from a text; waits for nothing."""

    scope = "generate"
    events: ClassVar[str] = "image_generation"

    def serializer_for(self, request: Request) -> type[AnyImageSerializer]:
        """What the body may say."""
        return ImageRequestSerializer

    def operation_in(self, values: dict[str, Any]) -> str:
        """What a checked body asks for."""
        return Operation.TEXT_TO_IMAGE

    def check_permissions(self, request: Request) -> None:
        try:
            super().check_permissions(request)
        except RequestsExhausted:
            if _retry_count(request) == 0:
                fingerprint = _fingerprint(request, document_in(request))
                remember_refusal(scope=caller_of(request).label, fingerprint=fingerprint)
            raise

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        refuse_unknown_parameters(request, set())
        document = document_in(request)
        values = self.serializer_for(request).given(document)
        project = project_for(caller, None, write=True)
        delivery = delivery_from(values, events=self.events)
        order = order_from(values, delivery, end_user=caller.key is not None, operation=self.operation_in(values))
        key, fingerprint = idempotency_key_of(request), _fingerprint(request, document)
        order = replace(order, idempotency_key=key, fingerprint=fingerprint)
        turn = _turn_of(request, caller, order)
        admission = _admit(turn, caller, project, order)
        return AdmittedResponse(
            Admitted(
                admission.job.pk,
                delivery,
                turn=turn,
                replayed=admission.replayed,
                repeatable=turn is not None or order.idempotency_key != "",
            )
        )


class AdmitEditView(AdmitImagesView):
    """Checks and admits a picture made out of others."""

    events = "image_edit"
    parser_classes = [PictureJsonParser, StrictMultiPartParser]

    def serializer_for(self, request: Request) -> type[AnyImageSerializer]:
        return EditFormSerializer if isinstance(request.data, QueryDict) else EditDocumentSerializer

    def operation_in(self, values: dict[str, Any]) -> str:
        return Operation.INPAINT if "mask" in values else Operation.IMAGE_TO_IMAGE


class AdmitVariationView(AdmitImagesView):
    """Checks and admits variations of a picture."""

    parser_classes = [PictureJsonParser, StrictMultiPartParser]

    def serializer_for(self, request: Request) -> type[AnyImageSerializer]:
        return VariationFormSerializer if isinstance(request.data, QueryDict) else VariationDocumentSerializer

    def operation_in(self, values: dict[str, Any]) -> str:
        return Operation.VARIATION


AdmitRequest = Callable[[HttpRequest], HttpResponseBase]


def admit_request(request: HttpRequest, view: AdmitRequest) -> HttpResponseBase | Admitted:
    """The job of a request, or the answer that refuses it. `view`: one of those above."""
    response = view(request)
    if not isinstance(response, AdmittedResponse):
        return response
    kept = {name: value for name, value in response.headers.items() if name.lower() != "content-type"}
    return replace(response.admitted, headers=kept)


def note_departure(request: HttpRequest) -> None:
    """The client went before it had an answer; when it asks again, this is the call it means."""
    turn: Turn | None = request.META.get(_TURN)
    if turn is None:
        return
    try:
        move_call(turn, CallState.DROPPED)
    finally:
        close_old_connections()


def _turn_of(request: Request, caller: Caller, order: GenerationOrder) -> Turn | None:
    """The request's turn at its call; None for clients that send a key, or do not count."""
    retry_count = _retry_count(request)
    if order.idempotency_key or retry_count is None:
        return None
    turn = take_turn(scope=caller.label, fingerprint=order.fingerprint, retry_count=retry_count)
    request.META[_TURN] = turn
    return turn


def _admit(turn: Turn | None, caller: Caller, project: Project, order: GenerationOrder) -> Admission:
    if turn is None:
        return admit(caller=caller, project=project, order=order)
    try:
        return admit_in_turn(turn, caller=caller, project=project, order=order)
    except GenCraftError as error:
        if error.retryable:
            move_call(turn, CallState.REFUSED)
        else:
            forget_call(turn)
        raise


def _retry_count(request: Request) -> int | None:
    return retry_count_in(request.headers.get("x-stainless-retry-count"))


def _fingerprint(request: Request, document: Any) -> str:
    return fingerprint_of("POST", request.path, digested(document))
