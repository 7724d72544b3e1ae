"""The base of every view under /v1: our keys, scopes and limits, OpenAI's shape of errors."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from gencraft_media.accounts.api import ApiView
from gencraft_media.generation.compatible.errors import exception_handler


class JsonWhateverIsAccepted(DefaultContentNegotiation):
    """OpenAI answers in its one format whatever the Accept header says; clients of streams ask for event streams."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


class CompatibleView(ApiView):
    """A view of the OpenAI-shaped API. It is not in the OpenAPI document: OpenAI's own describes it."""

    schema = None
    content_negotiation_class = JsonWhateverIsAccepted

    def get_exception_handler(self) -> Any:
        return exception_handler
