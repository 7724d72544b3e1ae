"""Restarting and flushing the servers from inside a test, by asking the process that owns them."""

import os
import socket
import socketserver
import threading
from collections.abc import Callable
from pathlib import Path

from tests.services.servers import Postgres, Valkey

# Names the owner's socket; set by `python -m tests.services run` for the command it runs.
SOCKET_VARIABLE = "TEST_SERVICES_SOCKET"
ANSWER_TIMEOUT_S = 120.0


def services_running() -> bool:
    """Whether this process was started with real servers beside it."""
    return SOCKET_VARIABLE in os.environ


def restart_postgres() -> None:
    """Cut every connection, stop PostgreSQL cleanly and start it on the same port; returns when it answers."""
    _request("restart-postgres")


def restart_valkey(*, keep: bool = False) -> None:
    """Stop Valkey and start it on the same port, empty unless `keep`; returns when it answers."""
    _request("restart-valkey-kept" if keep else "restart-valkey")


def flush_valkey() -> None:
    """Forget everything in Valkey."""
    _request("flush-valkey")


def _request(action: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_TIMEOUT_S)
        connection.connect(os.environ[SOCKET_VARIABLE])
        connection.sendall(action.encode() + b"\n")
        answer = connection.makefile().readline().strip()
    if answer != "done":
        raise RuntimeError(f"{action}: {answer or 'no answer'}")


class Control(socketserver.UnixStreamServer):
    """Takes requests one at a time, all in one thread: servers die with the thread that started them."""

    def __init__(self, folder: Path, postgres: Postgres, valkey: Valkey) -> None:
        self.path = folder / "control"
        super().__init__(str(self.path), _Handler)
        self.actions: dict[str, Callable[[], object]] = {
            "restart-postgres": postgres.restart,
            "restart-valkey": lambda: valkey.restart(keep=False),
            "restart-valkey-kept": lambda: valkey.restart(keep=True),
            "flush-valkey": lambda: valkey.ask("FLUSHALL"),
        }

    def listen(self) -> None:
        """Answer from a thread that lives as long as the process."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Control)
        action = self.rfile.readline().decode().strip()
        try:
            self.server.actions[action]()
        except (KeyError, OSError, RuntimeError) as error:
            self.wfile.write(f"{type(error).__name__}: {error}".replace("\n", " ").encode() + b"\n")
        else:
            self.wfile.write(b"done\n")
