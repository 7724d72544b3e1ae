"""Django on an event loop: what computes runs in a few threads, what waits holds neither thread nor connection."""

import functools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import ThreadSensitiveContext, iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve

from gencraft_media.common.later import ending_of

Given = ParamSpec("Given")
Made = TypeVar("Made")


class EngineHandler(ASGIHandler):
    """Django's handler, with WEB_THREADS threads for all requests instead of a new thread for each.

    A synchronous view runs in one of them together with all middleware, as under WSGI; if its answer is finished
    later, or streamed, the thread is free meanwhile. An asynchronous view runs on the loop, with Django's
    asynchronous middleware; whatever it passes to `sync_to_async` runs in the same threads.
    """

    def __init__(self) -> None:
        super().__init__()
        self._synchronous = BaseHandler()
        self._synchronous.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(settings.WEB_THREADS, thread_name_prefix="web")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext(executor=LentThreads(self._threads)):
            await super().__call__(scope, receive, send)

    async def run_get_response(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]
        if _is_asynchronous(request):
            return await super().run_get_response(request)
        response: HttpResponseBase = await sync_to_async(self._synchronous.get_response)(request)
        ending = ending_of(response)
        if ending is not None:
            await ending()
        return response

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            # Django would read all of it into memory first.
            parts: Iterable[bytes] = response.streaming_content  # type: ignore[assignment]  # not asynchronous
            response.streaming_content = _one_by_one(iter(parts))
        await super().send_response(response, send)


class LentThreads(Executor):
    """One request's use of the shared threads; after each call the thread's connections are given back."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads

    def submit(self, fn: Callable[Given, Made], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Made]:
        return self._threads.submit(_call_and_release, functools.partial(fn, *args, **kwargs))


def _call_and_release(work: Callable[[], Made]) -> Made:
    try:
        return work()
    finally:
        close_old_connections()


def _is_asynchronous(request: ASGIRequest) -> bool:
    try:
        return iscoroutinefunction(resolve(request.path_info).func)
    except Http404:
        return False


async def _one_by_one(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (part := await sync_to_async(_find_next)(parts)) is not None:
        yield part


def _find_next(parts: Iterator[bytes]) -> bytes | None:
    return next(parts, None)
