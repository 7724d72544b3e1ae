"""Total deadlines: one thread per process shuts down the sockets of exchanges that have taken too long.

Read time-outs start anew with every byte, so a server that sends one byte now and then would never meet them.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar


class DeadlinePassed(TimeoutError):
    """An exchange took longer in all than it may."""


class TimeLimit:
    """The deadline of one exchange and the sockets it uses."""

    def __init__(self, total_s: float) -> None:
        self.deadline = time.monotonic() + total_s
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def left_s(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.deadline - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        """Cut this socket at the deadline. Raises `DeadlinePassed` when that has come."""
        with self._lock:
            if not self.passed and connected not in self._sockets:
                self._sockets.append(connected)
        self.check()

    def check(self) -> None:
        """Raises `DeadlinePassed` once the deadline has come."""
        if self.passed or not self.left_s():
            raise DeadlinePassed("the answer came too slowly")

    def cut(self) -> None:
        """End whatever the exchange waits for."""
        with self._lock:
            self.passed = True
            for connected in self._sockets:
                # Not an SSLSocket's own shutdown: that drops its TLS, and the reader would take records for plain text.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connected, socket.SHUT_RDWR)

    def forget(self) -> None:
        """The exchange is over, its sockets may be somebody else's from now on."""
        with self._lock:
            self._sockets.clear()


class _Watchdog:
    """Waits for the soonest deadline; its thread begins with the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._limits: set[TimeLimit] = set()
        self._wakes_at = float("inf")
        self._thread: threading.Thread | None = None

    def add(self, limit: TimeLimit) -> None:
        with self._changed:
            self._limits.add(limit)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="egress-watchdog", daemon=True)
                self._thread.start()
            if limit.deadline < self._wakes_at:
                self._changed.notify()

    def remove(self, limit: TimeLimit) -> None:
        with self._changed:
            self._limits.discard(limit)
        limit.forget()

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for limit in [limit for limit in self._limits if limit.deadline <= now]:
                    self._limits.discard(limit)
                    limit.cut()
                self._wakes_at = min((limit.deadline for limit in self._limits), default=float("inf"))
                self._changed.wait(None if self._wakes_at == float("inf") else self._wakes_at - now)


_current: ContextVar[TimeLimit | None] = ContextVar("egress_time_limit", default=None)
_watchdog = _Watchdog()


def _renew() -> None:
    global _watchdog
    _watchdog = _Watchdog()


# A forked worker has no watching thread, and perhaps a lock that nobody will open.
os.register_at_fork(after_in_child=_renew)


@contextlib.contextmanager
def time_limit(total_s: float) -> Iterator[TimeLimit]:
    """Everything a guarded session does inside the block, reading bodies included, ends within `total_s`.

    Sockets are shut down then, which readers meet as a lost connection or as the end of the answer; in the latter case
    the block raises `DeadlinePassed` at its end.
    """
    limit = TimeLimit(total_s)
    token = _current.set(limit)
    watchdog = _watchdog
    watchdog.add(limit)
    try:
        yield limit
        if limit.passed:
            limit.check()
    finally:
        _current.reset(token)
        watchdog.remove(limit)


def current_limit() -> TimeLimit | None:
    """The limit around the caller, if there is one."""
    return _current.get()
