"""Receivers on this machine: honest ones, and some of each kind that misbehaves."""

import contextlib
import json
import socket
import struct
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openai import OpenAI
from standardwebhooks.webhooks import Webhook

# How often the flaky ones fail for each message before they take it.
FAILURES = 2
_openai = OpenAI(api_key="of no worth")


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    def verify(self, secret: str) -> None:
        """Check the signature with two libraries that share no code. Raises when either refuses it."""
        Webhook(secret).verify(self.body, self.headers)
        _openai.webhooks.verify_signature(self.body, self.headers, secret=secret)


class Receivers:
    """A server whose paths behave as they are called: /ok/…, /slow/…, /reset/…, /status/500/…, and so on."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.accepted: dict[str, list[str]] = defaultdict(list)
        self.most_at_once: Counter[str] = Counter()
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}
        self.redirect_to = ""
        # By path: what comes there is verified as it comes, while its time is fresh.
        self.secrets: dict[str, str] = {}
        self.verified: Counter[str] = Counter()
        self.released = threading.Event()
        self._tries: Counter[tuple[str, str]] = Counter()
        self._now: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.port: int = self._server.server_address[1]
        self.netloc = f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        """The address of one receiver."""
        return f"http://{self.netloc}/{path}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def at(self, path: str) -> list[Received]:
        """What came to one receiver."""
        with self._lock:
            return [one for one in self.requests if one.path == f"/{path}"]

    def verify(self, received: Received) -> None:
        """Count those whose signature both libraries take."""
        secret = self.secrets.get(received.path)
        if secret is not None:
            received.verify(secret)
            with self._lock:
                self.verified[received.path] += 1

    def take(self, received: Received) -> int:
        """Note a request; how many of the same message came to the same receiver with it."""
        with self._lock:
            self.requests.append(received)
            self._tries[received.path, received.id] += 1
            self._now[received.path] += 1
            self.most_at_once[received.path] = max(self.most_at_once[received.path], self._now[received.path])
            return self._tries[received.path, received.id]

    def let_go(self, received: Received, status: int) -> None:
        with self._lock:
            self._now[received.path] -= 1
            if 200 <= status < 300:
                self.accepted[received.path].append(received.id)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders that hang up are what some tests are about."""


def _handler_of(receivers: Receivers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, body)
            receivers.verify(received)
            tries = receivers.take(received)
            status = 0
            try:
                status = _BEHAVIOURS[self.path.split("/")[1]](receivers, self, tries)
            finally:
                receivers.let_go(received, status)

        def log_message(self, format: str, *args: Any) -> None:
            """Quietly."""

    return Handler


def _answer(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None) -> int:
    text = f"answer {status}".encode()
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(text)
    return status


def _ok(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    return _answer(handler, 200)


def _scripted(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    return _answer(handler, *receivers.answers.get(handler.path, (200, {})))


def _slow(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    """Silent for longer than anybody waits, the first time it hears of a message."""
    if tries == 1:
        receivers.released.wait(5)
        return 0
    return _answer(handler, 204)


def _hanging(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    receivers.released.wait(30)
    return 0


def _reset(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    if tries <= FAILURES:
        # Closed so, a socket sends RST instead of FIN.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        handler.close_connection = True
        return 0
    return _answer(handler, 200)


def _failing(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    return _answer(handler, 500 if tries <= FAILURES else 201)


def _garbage(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    if tries <= FAILURES:
        handler.wfile.write(b"\x00\xffwhat is HTTP?\r\n\r\n" * 20)
        handler.close_connection = True
        return 0
    return _answer(handler, 200)


def _gone(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    return _answer(handler, 410)


def _redirecting(receivers: Receivers, handler: BaseHTTPRequestHandler, tries: int) -> int:
    return _answer(handler, 307, {"Location": receivers.redirect_to})


_BEHAVIOURS: dict[str, Callable[[Receivers, BaseHTTPRequestHandler, int], int]] = {
    "ok": _ok,
    "scripted": _scripted,
    "slow": _slow,
    "hanging": _hanging,
    "reset": _reset,
    "failing": _failing,
    "garbage": _garbage,
    "gone": _gone,
    "redirect": _redirecting,
}


class Forbidden:
    """A listener at an address that webhooks may not reach; it counts who came."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0

    def listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._socket.accept()[0].close()
                self.connections += 1

    def stop(self) -> None:
        # A blocked accept() does not notice that its socket is closed.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def running(served: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Run a server in a thread of its own for the block."""
    thread = threading.Thread(target=served, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop()
        thread.join(10)
        assert not thread.is_alive()
