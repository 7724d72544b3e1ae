"""The synchronous half of POST /v1/images/generations: from the request to its job, or to a refusal."""

import uuid
from dataclasses import dataclass, field, replace

from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from gencraft_media.accounts.callers import Caller, caller_of
from gencraft_media.accounts.models import Project
from gencraft_media.accounts.rate_limit import RequestsExhausted
from gencraft_media.accounts.selectors import project_for
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.admission import Admission, GenerationOrder, admit, fingerprint_of
from gencraft_media.generation.compatible.base import CompatibleView
from gencraft_media.generation.compatible.repeats import (
    Turn,
    admit_in_turn,
    forget_call,
    move_call,
    remember_refusal,
    retry_count_in,
    take_turn,
)
from gencraft_media.generation.compatible.serializers import ImageRequestSerializer
from gencraft_media.generation.compatible.wishes import Delivery, delivery_from, order_from
from gencraft_media.generation.models import CallState
from gencraft_media.generation.queries import refuse_unknown_parameters
from gencraft_media.generation.views import idempotency_key_of

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
    """Checks and admits; waits for nothing."""

    scope = "generate"

    def check_permissions(self, request: Request) -> None:
        try:
            super().check_permissions(request)
        except RequestsExhausted:
            if _retry_count(request) == 0:
                remember_refusal(scope=caller_of(request).label, fingerprint=_fingerprint(request))
            raise

    def post(self, request: Request) -> Response:
        caller = caller_of(request)
        refuse_unknown_parameters(request, set())
        values = ImageRequestSerializer.given(request.data)
        project = project_for(caller, None, write=True)
        delivery = delivery_from(values)
        order = order_from(values, delivery, end_user=caller.key is not None)
        order = replace(order, idempotency_key=idempotency_key_of(request), fingerprint=_fingerprint(request))
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


_admit_request = AdmitImagesView.as_view()


def admit_request(request: HttpRequest) -> HttpResponseBase | Admitted:
    """The job of a request, or the answer that refuses it."""
    response = _admit_request(request)
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


def _fingerprint(request: Request) -> str:
    return fingerprint_of("POST", request.path, request.data)
