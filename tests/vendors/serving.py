"""What the loopback vendor servers share: HTTP on 127.0.0.1, what was received, faults by name, request schemas."""

import json
import re
import sys
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

# In a prompt: `[fault:moderated]` for every request with it, `[fault:rate-limited*2]` for the first two only.
_MARK = re.compile(r"\[fault:([a-z0-9-]+)(?:\*(\d+))?\]")


@dataclass(frozen=True)
class Received:
    """What the vendor was sent. `headers` by lower-cased name; `path` without the query, which is `query`."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises ValueError when it is not."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer. `broken` is "", "hang-up" (read, no byte comes back) or "cut" (half the body, or no end of a stream).

    `stream` is sent chunk by chunk instead of `body`; `delay_s` passes before the first byte.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Iterable[bytes] | None = None
    broken: str = ""
    delay_s: float = 0.0


def json_reply(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer with a JSON body."""
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **(headers or {})})


class VendorServer(ABC):
    """One vendor on a port of this machine, as a context manager. Subclasses are called `Server` in `server.py`.

    Out-of-process engines choose a fault by a mark in the prompt, tests by `script` as well; a mark is stronger.
    """

    # Where clients are pointed: the address with the part of the path that belongs to the vendor's base address.
    base_path: ClassVar[str] = ""

    def __init__(self, port: int = 0, *, slow_s: float = 0.5) -> None:
        self.received: list[Received] = []
        self.violations: list[str] = []
        # How long the fault "slow" of a vendor takes; seconds.
        self.slow_s = slow_s
        self.closing = threading.Event()
        self._scripted: list[str] = []
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._http = _HttpServer(("127.0.0.1", port), _handler_of(self))
        self.port = int(self._http.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}{self.base_path}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @abstractmethod
    def respond(self, received: Received) -> Reply:
        """The vendor's answer to one request; asked in a thread of its own for each connection."""

    def script(self, *faults: str) -> None:
        """The faults of the next paid requests without a mark, one each; "" is none."""
        with self._lock:
            self._scripted.extend(faults)

    def fault_for(self, prompt: str) -> str:
        """The fault of the paid request with this prompt, "" for none. Ask once for each: it counts."""
        with self._lock:
            mark = _MARK.search(prompt)
            if mark is None:
                return self._scripted.pop(0) if self._scripted else ""
            self._seen[prompt] += 1
            limit = mark[2]
            return mark[1] if limit is None or self._seen[prompt] <= int(limit) else ""

    def misfits(self, schema: str, document: Any) -> list[str]:
        """What of `document` does not fit the named schema of `schemas.json`; each is one of the `violations`, too."""
        found = [
            f"{schema}: {'.'.join(map(str, error.absolute_path)) or 'document'}: {error.message}"
            for error in self._validator(schema).iter_errors(document)
        ]
        self.violations.extend(found)
        return found

    def _validator(self, schema: str) -> Draft202012Validator:
        return Draft202012Validator({"$ref": f"#/$defs/{schema}", "$defs": self._schemas})

    @cached_property
    def _schemas(self) -> dict[str, Any]:
        path = Path(str(sys.modules[type(self).__module__].__file__)).with_name("schemas.json")
        definitions: dict[str, Any] = json.loads(path.read_text())["$defs"]
        return definitions

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    # Closing the server must not wait for a connection that is silent on purpose.
    block_on_close = False
    request_queue_size = 128


def _handler_of(server: VendorServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.close_connection = True
            try:
                received = self._read()
                server.received.append(received)
                self._send(server.respond(received))
            except ConnectionError:
                """The client went away, as clients do."""

        def _read(self) -> Received:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            return Received(self.command, parts.path, parts.query, headers, body)

        def _send(self, reply: Reply) -> None:
            if reply.delay_s:
                server.closing.wait(reply.delay_s)
            if reply.broken == "hang-up":
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            if reply.stream is not None:
                self._send_stream(reply.stream, whole=reply.broken != "cut")
                return
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.broken == "cut" else reply.body)

        def _send_stream(self, chunks: Iterable[bytes], *, whole: bool) -> None:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for chunk in chunks:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                self.wfile.flush()
            if whole:
                self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_DELETE = do_PUT = handle_any

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    return Handler
