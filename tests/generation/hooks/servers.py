"""An operator's server behind TLS on this machine: it checks signatures and answers what a test tells it."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

from gencraft_media.webhooks.signatures import new_secret
from tests.common.certificates import certificate_for


@dataclass
class HookServer:
    """`answer` is what it says next: a document, or a status. `silent` keeps it from answering at all."""

    certificate: Path
    secret: str = field(default_factory=new_secret)
    answer: Any = None
    silent: bool = False
    body: bytes | None = None
    questions: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.http.daemon_threads = True
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.http.server_address[1]}/hook"


def _handler_of(server: HookServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            # Raises for a signature that does not hold, and the engine is told nothing.
            server.questions.append(Webhook(server.secret).verify(body, headers))
            if server.silent:
                server.released.wait(30)
                return
            self._say(server.answer)

        def _say(self, answer: Any) -> None:
            status = answer if isinstance(answer, int) else 200
            said = server.body if server.body is not None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    return Handler


@contextmanager
def running_hook_server(folder: Path) -> Iterator[HookServer]:
    """A server on a free port, for the length of a block."""
    server = HookServer(certificate_for(folder, "127.0.0.1"))
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join(5)
