"""A server below HTTP: it reads a request and then sends exactly the bytes it is told, at the pace it is told."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Self

Answer = Callable[[bytes], Iterable[bytes]]


class RawServer:
    """Answers each connection in a thread of its own, with pauses of `pause_s` between the pieces.

    `requests` are what was received, one each, with bodies of a stated length; `connections` counts those that were
    made. `keep` serves several requests on one connection; else it is closed after the answer.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, *, keep: bool = False) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.answer: Answer = lambda request: [response(b"ok")]
        self.pause_s = 0.0
        self.requests: list[bytes] = []
        self.connections = 0
        self.server_names: list[str | None] = []
        self._tls, self._keep = tls, keep
        self._closing = threading.Event()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(10)
            stream = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with stream:
                while request := _request_on(stream):
                    self.requests.append(request)
                    for piece in self.answer(request):
                        stream.sendall(piece)
                        if self._closing.wait(self.pause_s):
                            return
                    if not self._keep:
                        return

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        # Closing alone does not wake the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _request_on(stream: socket.socket) -> bytes:
    """One request; a body left unread would reset the connection, and the client might miss the answer."""
    received = b""
    while (missing := _missing_bytes(received)) is None or missing > 0:
        piece = stream.recv(65_536)
        if not piece:
            return b""
        received += piece
    return received


def _missing_bytes(received: bytes) -> int | None:
    """How much of the request's body is still to come; None before the end of its head."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    lines = head.lower().split(b"\r\n")
    return sum(int(line[15:]) for line in lines if line.startswith(b"content-length:")) - len(body)


def response(body: bytes, status: int = 200, /, **headers: str) -> bytes:
    """A whole answer; headers by name, with _ for -."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body


def redirect_to(url: str, status: int = 302) -> Answer:
    """Point elsewhere, whatever is asked for."""
    location = url.replace("\r", "").replace("\n", "")
    return lambda request: [response(b"", status, Location=location)]


def dripping(whole: bytes) -> Answer:
    """One byte at a time."""
    return lambda request: (whole[place : place + 1] for place in range(len(whole)))
