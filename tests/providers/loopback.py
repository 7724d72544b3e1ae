"""A provider on loopback that does what a test tells it: answers, hangs up, drips, redirects."""

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gencraft_media.common.egress import EgressPolicy, GuardedAdapter
from providers.transport import ProviderTransport


@dataclass(frozen=True)
class Reply:
    """One scripted answer. `fault` is "", "hang up" (after reading), "cut" (half the body) or "silence"."""

    status: int = 200
    document: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    @property
    def content(self) -> bytes:
        return self.body if self.body is not None else json.dumps(self.document).encode()


@dataclass
class Received:
    """What the provider was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Loopback:
    """The scripted provider: answers `replies` in order, the last one again and again."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.received: list[Received] = []
        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def transport(self) -> ProviderTransport:
        """A transport whose only way out is this provider."""
        return ProviderTransport({f"{self.url}/": GuardedAdapter(EgressPolicy(["127.0.0.1"]))})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                loopback.received.append(Received(self.command, self.path, headers, body))
                reply = loopback.replies.pop(0) if len(loopback.replies) > 1 else loopback.replies[0]
                self.close_connection = True
                if reply.fault == "silence":
                    loopback.released.wait(10)
                elif reply.fault != "hang up":
                    self._answer(reply)

            def _answer(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.content)))
                # Said, not only done: a client that keeps the connection would find it closed at some later moment.
                self.send_header("Connection", "close")
                self.end_headers()
                whole = reply.content
                self.wfile.write(whole[: len(whole) // 2] if reply.fault == "cut" else whole)

            do_GET = do_POST = do_DELETE = do_PUT = handle_any

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

        return Handler


@contextmanager
def running_loopback() -> Iterator[Loopback]:
    """A provider on a free port, for the length of a block."""
    loopback = Loopback()
    thread = threading.Thread(target=loopback.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield loopback
    finally:
        loopback.released.set()
        loopback.server.shutdown()
        loopback.server.server_close()
        thread.join(5)


def closed_port_url() -> str:
    """An address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
