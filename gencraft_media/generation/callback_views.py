"""Where providers call back. No key: a signature, or the address does not exist."""

import uuid

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gencraft_media.common.errors import PayloadTooLarge
from gencraft_media.generation.provider_callbacks import receive_callback

LARGEST_BODY_BYTES = 65_536


class CallbackView(APIView):
    """Takes one callback of a provider."""

    authentication_classes = ()
    permission_classes = ()
    metadata_class = None

    @extend_schema(exclude=True)
    def post(self, request: Request, provider: str, attempt_id: uuid.UUID | None = None) -> Response:
        receive_callback(provider, request.headers, _raw_body(request._request), attempt_id=attempt_id)
        return Response(status=204)


def _raw_body(request: HttpRequest) -> bytes:
    """The bytes as they were sent: a signature is over them, not over what was parsed.

    Raises `PayloadTooLarge`, for every provider alike, before more than is allowed was read.
    """
    stated = request.META.get("CONTENT_LENGTH") or "0"
    if not stated.isdecimal() or int(stated) > LARGEST_BODY_BYTES:
        raise PayloadTooLarge
    body = request.read(LARGEST_BODY_BYTES + 1)
    if len(body) > LARGEST_BODY_BYTES:
        raise PayloadTooLarge
    return body
