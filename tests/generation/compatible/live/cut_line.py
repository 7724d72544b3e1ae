"""A line between client and engine that breaks when a test says so."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.waiting import wait_until

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Cut(StrEnum):
    """Where the line breaks during one exchange."""

    BEFORE = "before the request reaches the engine"
    WAITING = "while the engine has the request, once `when` holds"
    ANSWERED = "after the engine's whole answer, before the client gets any of it"
    HALVED = "in the middle of the answer's body"


class Line:
    """Passes requests on; the next ones break as `plan` says, in order, and those after it do not."""

    def __init__(self, engine_url: str) -> None:
        self.engine = urlsplit(engine_url)
        self.plan: list[Cut] = []
        self.when: Callable[[], object] = lambda: True
        self.received: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.url = ""

    def next_cut(self, headers: dict[str, str]) -> Cut | None:
        """What happens to a request that has just come."""
        with self.lock:
            self.received.append(headers)
            return self.plan.pop(0) if self.plan else None

    @property
    def retry_counts(self) -> list[str]:
        """What the client said of each request: how often it had tried before."""
        return [headers["x-stainless-retry-count"] for headers in self.received]


@contextmanager
def line_to(engine_url: str) -> Iterator[Line]:
    """A line to the engine, open within the block."""
    line = Line(engine_url)

    class Handler(_Handler):
        pass

    Handler.line = line
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    line.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    line: Line

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        cut = self.line.next_cut({name.lower(): value for name, value in self.headers.items()})
        if cut is Cut.BEFORE:
            return
        upstream = http.client.HTTPConnection(self.line.engine.hostname or "", self.line.engine.port, timeout=60)
        try:
            upstream.request("POST", self.path, body, dict(self.headers.items()))
            if cut is Cut.WAITING:
                wait_until(self.line.when, timeout_s=30, what="the moment to cut the line")
                return
            self._pass_on(upstream.getresponse(), cut)
        except (http.client.HTTPException, OSError):
            # The engine went away: so does the line, and the client sees the same.
            self.close_connection = True
        finally:
            upstream.close()

    def _pass_on(self, answer: http.client.HTTPResponse, cut: Cut | None) -> None:
        content = answer.read()
        if cut is Cut.ANSWERED:
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut is Cut.HALVED else content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests say what they saw."""
