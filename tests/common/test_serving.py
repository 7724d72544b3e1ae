"""Django on an event loop: where each kind of view runs, what it holds while it waits, and how it ends."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path
from pytest_django import Settings

from gencraft_media.common.later import finish_later
from gencraft_media.common.serving import EngineHandler, LentThreads
from tests.waiting import until

THREADS = 3
gone: list[str] = []
begun = threading.Event()
# When the answer that is finished later may be.
may_end: list[asyncio.Event] = []


def here() -> str:
    """The name of the thread that asks."""
    return threading.current_thread().name


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(here())


async def awaited(request: HttpRequest) -> HttpResponse:
    inner = await sync_to_async(here)()
    return HttpResponse(f"{here()} {inner}")


def later(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("early")

    async def ending() -> None:
        begun.set()
        await may_end[0].wait()
        response.content = f"late {here()}".encode()
        response["Content-Length"] = str(len(response.content))

    finish_later(response, ending)
    return response


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        for _ in range(3):
            yield here().encode()

    return StreamingHttpResponse(parts())


def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            begun.set()
            await asyncio.Event().wait()
        finally:
            gone.append("stream")

    return StreamingHttpResponse(parts())


async def forever(request: HttpRequest) -> HttpResponse:
    begun.set()
    try:
        await asyncio.Event().wait()
    finally:
        gone.append("view")
    return HttpResponse()


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("no")


VIEWS: list[Callable[..., Any]] = [plain, awaited, later, streamed, endless, forever, broken]
urlpatterns = [path(view.__name__, view) for view in VIEWS]
handler500 = "django.views.defaults.server_error"


@pytest.fixture
def handler(settings: Settings) -> Iterator[EngineHandler]:
    settings.ROOT_URLCONF = __name__
    settings.WEB_THREADS = THREADS
    gone.clear()
    begun.clear()
    may_end[:] = [asyncio.Event()]
    handler = EngineHandler()
    yield handler
    handler._threads.shutdown()


def request_for(handler: EngineHandler, name: str) -> Any:
    scope = {"type": "http", "method": "GET", "path": f"/{name}", "headers": [(b"host", b"testserver")],
             "query_string": b""}  # fmt: skip
    return ApplicationCommunicator(handler, scope)  # type: ignore[no-untyped-call]


async def answer_to(handler: EngineHandler, name: str) -> tuple[int, list[bytes], dict[str, str]]:
    """The status, the parts of the body and the headers."""
    communicator = request_for(handler, name)
    await communicator.send_input({"type": "http.request"})
    start = await communicator.receive_output(10)
    parts = []
    while True:
        message = await communicator.receive_output(10)
        if message.get("body"):
            parts.append(message["body"])
        if not message.get("more_body"):
            break
    await communicator.wait(10)
    return start["status"], parts, {key.decode(): value.decode() for key, value in start["headers"]}


def test_a_synchronous_view_runs_in_one_of_the_threads(handler: EngineHandler) -> None:
    status, parts, headers = asyncio.run(answer_to(handler, "plain"))
    assert (status, parts[0].startswith(b"web_")) == (200, True)
    assert headers["X-Request-Id"]
    assert headers["X-Frame-Options"] == "DENY"


def test_an_asynchronous_view_runs_on_the_loop_and_its_calls_in_the_threads(handler: EngineHandler) -> None:
    status, parts, headers = asyncio.run(answer_to(handler, "awaited"))
    outer, inner = parts[0].decode().split()
    assert (status, outer, inner.startswith("web_")) == (200, "MainThread", True)
    assert headers["X-Request-Id"]
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("name", ["later", "forever", "endless"])
def test_what_waits_holds_no_thread(handler: EngineHandler, name: str) -> None:
    async def main() -> bytes:
        waiting = [request_for(handler, name) for _ in range(4 * THREADS)]
        for one in waiting:
            await one.send_input({"type": "http.request"})
        status, parts, _ = await asyncio.wait_for(answer_to(handler, "plain"), 10)
        assert status == 200
        for one in waiting:
            await one.send_input({"type": "http.disconnect"})
            await one.wait(10)
        return parts[0]

    assert asyncio.run(main()).startswith(b"web_")
    assert len([thread for thread in threading.enumerate() if thread.name.startswith("web_")]) <= THREADS


def test_an_answer_that_is_finished_later_is_sent_as_it_is_then(handler: EngineHandler) -> None:
    async def main() -> tuple[int, list[bytes], dict[str, str]]:
        answer = asyncio.create_task(answer_to(handler, "later"))
        await until(begun.is_set)
        assert not answer.done()
        may_end[0].set()
        return await answer

    status, parts, headers = asyncio.run(main())
    assert (status, parts, headers["Content-Length"]) == (200, [b"late MainThread"], "15")


def test_a_synchronous_stream_is_passed_on_part_by_part(handler: EngineHandler) -> None:
    status, parts, _ = asyncio.run(answer_to(handler, "streamed"))
    assert (status, len(parts)) == (200, 3)
    assert all(part.startswith(b"web_") for part in parts)


@pytest.mark.parametrize(("name", "what"), [("endless", "stream"), ("forever", "view")])
def test_what_waits_ends_when_its_client_leaves(handler: EngineHandler, name: str, what: str) -> None:
    async def main() -> None:
        communicator = request_for(handler, name)
        await communicator.send_input({"type": "http.request"})
        await until(begun.is_set)
        await communicator.send_input({"type": "http.disconnect"})
        await communicator.wait(10)

    asyncio.run(main())
    assert gone == [what]


def test_errors_and_unknown_addresses_are_answered(handler: EngineHandler) -> None:
    assert asyncio.run(answer_to(handler, "broken"))[0] == 500
    assert asyncio.run(answer_to(handler, "nowhere"))[0] == 404


def test_a_thread_gives_its_connection_back_after_each_call(transactional_db: None) -> None:
    def use() -> Any:
        connection.ensure_connection()
        return connection._connections[connection._alias]  # type: ignore[attr-defined]

    with ThreadPoolExecutor(1) as threads:
        used = LentThreads(threads).submit(use).result()
        assert used.connection is None
