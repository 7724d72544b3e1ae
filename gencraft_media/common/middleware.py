"""What every request passes through, synchronous or not: the id of its log lines and answers, and static files."""

import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import TypeAlias

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from gencraft_media.common.logs import logger

log = logger(__name__)
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
Answer: TypeAlias = HttpResponseBase | Awaitable[HttpResponseBase]
GetResponse: TypeAlias = Callable[[HttpRequest], Answer]


class RequestContextMiddleware:
    """Takes or makes X-Request-Id, binds it to the logs, returns it, and writes one line per request."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._is_awaited = iscoroutinefunction(get_response)
        if self._is_awaited:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        if self._is_awaited:
            return self._answer(request)
        with _context(request) as finish:
            response = self.get_response(request)
            assert isinstance(response, HttpResponseBase)
            finish(response)
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with _context(request) as finish:
            answer = self.get_response(request)
            assert isawaitable(answer)
            response = await answer
            finish(response)
        return response


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # WhiteNoise carries no types
    """WhiteNoise, which alone would have every asynchronous request wait in a thread."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        super().__init__(get_response)
        self._is_awaited = iscoroutinefunction(get_response)
        if self._is_awaited:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        answer: Answer = super().__call__(request)
        return _awaited(answer) if self._is_awaited else answer


@contextmanager
def _context(request: HttpRequest) -> Iterator[Callable[[HttpResponseBase], None]]:
    offered = request.headers.get("X-Request-Id", "")
    request_id = offered if _ACCEPTABLE_ID.fullmatch(offered) else uuid.uuid4().hex
    started = time.monotonic()

    def finish(response: HttpResponseBase) -> None:
        response["X-Request-Id"] = request_id
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            duration_ms=round((time.monotonic() - started) * 1000, 1),
        )

    with structlog.contextvars.bound_contextvars(request_id=request_id):
        request.META["gencraft.request_id"] = request_id
        yield finish


async def _awaited(answer: Answer) -> HttpResponseBase:
    return await answer if isawaitable(answer) else answer
