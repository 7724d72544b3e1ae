"""A provider in trouble: it cannot be reached, becomes slow, or fails now and then; and it counts what reaches it."""

import contextlib
import random
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

from tests.services.programs import free_port
from tests.vendors.serving import Received, Reply, VendorServer

_LOOK_S = 0.02


@dataclass
class Counted:
    """What reached the server, as itself saw it."""

    # When each paid request began to arrive, in seconds since 1970, and which attempt it was of.
    arrivals: list[tuple[float, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def most_within(self, seconds: float) -> int:
        """The most requests in any such span, however it lies."""
        moments = sorted(moment for moment, _ in self.arrivals)
        first = most = 0
        for last, moment in enumerate(moments):
            while moments[first] <= moment - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


class TroubledServer(VendorServer):
    """What a vendor's server answers, later, behind a door that refuses connections while it is shut.

    `failing_share` of the paid requests, 0-1, are answered by `failure`.
    """

    def __init__(self, vendor: VendorServer, *, latency_s: float, failure: Reply | None = None) -> None:
        super().__init__()
        self.vendor = vendor
        self.latency_s = latency_s
        self.failure, self.failing_share = failure, 0.0
        self.chance = random.Random(0)
        self.counted = Counted()
        self._counting = threading.Lock()
        self._http.RequestHandlerClass = _counting_handler(self, self._http.RequestHandlerClass)
        self._door_port = free_port()
        self.url = f"http://127.0.0.1:{self._door_port}{vendor.base_path}"
        self._listener: socket.socket | None = None
        self._door = threading.RLock()
        self.reopen()
        threading.Thread(target=self._let_in, daemon=True).start()

    def respond(self, received: Received) -> Reply:
        fails = received.method == "POST" and self.chance.random() < self.failing_share
        reply = self.failure if fails else self.vendor.respond(received)
        self.closing.wait(self.latency_s)
        assert reply is not None
        return reply

    def shut(self) -> None:
        """From now on nobody can connect; who is in is served."""
        with self._door:
            self._accept_all()
            if self._listener is not None:
                self._listener.close()
                self._listener = None

    def reopen(self) -> None:
        """Take connections."""
        with self._door:
            if self._listener is None:
                self._listener = socket.create_server(("127.0.0.1", self._door_port), backlog=256)
                self._listener.setblocking(False)

    @contextlib.contextmanager
    def counting(self, attempt_id: str) -> Iterator[None]:
        """While a paid request is here."""
        with self._counting:
            counted = self.counted
            counted.arrivals.append((time.time(), attempt_id))
            counted.at_once += 1
            counted.most_at_once = max(counted.most_at_once, counted.at_once)
        try:
            yield
        finally:
            with self._counting:
                counted.at_once -= 1

    def __enter__(self) -> Self:
        self.vendor.__enter__()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self.shut()
        super().__exit__(*error)
        self.vendor.__exit__(*error)

    def _let_in(self) -> None:
        while not self.closing.is_set():
            listener = self._listener
            if listener is None:
                self.closing.wait(_LOOK_S)
                continue
            with contextlib.suppress(OSError, ValueError):
                select.select([listener], [], [], _LOOK_S)
            with self._door:
                self._accept_all()

    def _accept_all(self) -> None:
        """Whoever got a connection is served: refused are only those who never had one."""
        while self._listener is not None:
            try:
                connection, address = self._listener.accept()
            except BlockingIOError:
                return
            connection.setblocking(True)
            self._http.process_request(connection, address)


def _counting_handler(server: TroubledServer, base: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(base):  # type: ignore[misc]
        def do_POST(self) -> None:
            with server.counting(self.headers.get("X-Client-Request-Id", "")):
                super().do_POST()

    return Handler
