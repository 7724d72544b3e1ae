"""Where providers call back. No key: a signature, or the address does not exist."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gencraft_media.generation.provider_callbacks import receive_callback


class CallbackView(APIView):
    """Takes one callback of a provider."""

    authentication_classes = ()
    permission_classes = ()
    metadata_class = None

    @extend_schema(exclude=True)
    def post(self, request: Request, provider: str) -> Response:
        # The raw bytes: a signature is over what was sent, not over what was parsed.
        receive_callback(provider, request.headers, request._request.body)
        return Response(status=204)
