"""A door in front of an S3 server: it lets requests through, loses them, damages answers, or refuses in S3's words."""

import http.client
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

Kind = Literal["refused", "lost", "lost-answer", "cut", "silent"]
_SILENCE_S = 30.0
_HOP_HEADERS = {"connection", "transfer-encoding", "expect", "keep-alive"}


@dataclass
class Fault:
    """What happens to the next `times` requests of `method` whose path and query contain `where`.

    `refused`: answered with `status` and S3's error `code`. `lost`: the connection ends unanswered. `lost-answer`: the
    server does it, and nobody hears. `cut`: half of the body arrives. `silent`: nothing happens, until the door is
    reset.
    """

    method: str
    kind: Kind
    status: int = 500
    code: str = "InternalError"
    times: int = 1
    where: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Door:
    """A server on a port of its own; `requests` are the methods and paths that came."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.silence = threading.Event()
        self.reset()
        self._choosing = threading.Lock()
        self._server = _Listener(("127.0.0.1", 0), _Passage)
        self._server.door = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        """Open, without faults and memories."""
        self.silence.set()
        self.silence = threading.Event()
        self.faults: deque[Fault] = deque()
        self.requests: list[tuple[str, str]] = []
        # Called with each method and path before the request goes through.
        self.before: Callable[[str, str], object] = lambda method, path: None
        # The server behind it asks nobody for a key; a real one refuses who has none.
        self.asks_for_keys = False
        self._shut = False

    def shut(self) -> None:
        """From now on every connection ends unanswered."""
        self._shut = True

    def reopen(self) -> None:
        """Let requests through again."""
        self._shut = False

    def fail(self, method: str, kind: Kind, **how: Any) -> None:
        """Have the next request of that method fail."""
        self.faults.append(Fault(method, kind, **how))

    def next_fault(self, method: str, path: str) -> Fault | None:
        """What happens to this request."""
        with self._choosing:
            self.requests.append((method, path))
            if self._shut:
                return Fault(method, "lost")
            for fault in self.faults:
                if fault.method == method and fault.where in path and fault.times:
                    fault.times -= 1
                    return fault
        return None


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    door: Door

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Passage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read no access log."""

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.door.next_fault(self.command, self.path)
        is_stranger = "Authorization" not in self.headers and "X-Amz-Signature" not in self.path
        if fault is None and is_stranger and self.server.door.asks_for_keys:
            fault = Fault(self.command, "refused", status=403, code="AccessDenied")
        if fault is not None and fault.kind in ("lost", "silent"):
            if fault.kind == "silent":
                self.server.door.silence.wait(_SILENCE_S)
            self.close_connection = True
        elif fault is not None and fault.kind == "refused":
            self._refuse(fault)
        else:
            self.server.door.before(self.command, self.path)
            self._answer(body, fault.kind if fault else None)

    def _answer(self, body: bytes, kind: Kind | None) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.door.target_port, timeout=20)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_HEADERS:
                    connection.putheader(name, value)
            connection.endheaders(body or None)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if kind == "lost-answer":
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_HEADERS:
                self.send_header(name, value)
        if answer.getheader("Content-Length") is None and answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if kind == "cut" else content)
        self.close_connection |= kind == "cut"

    def _refuse(self, fault: Fault) -> None:
        key = urlsplit(self.path).path
        document = (
            f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{fault.code}</Code><Message>refused</Message>"
            f"<Resource>{key}</Resource></Error>"
        ).encode()
        self.send_response_only(fault.status)
        for name, value in fault.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(document)

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _pass_on
