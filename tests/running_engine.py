"""A real engine for tests: production's programs as processes, on a database of their own, killed at will."""

import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import requests
from django.conf import settings
from django.core.management import call_command
from django.db import Error as DatabaseTrouble
from django.db import connection

from billing.pricelist import forget_prices
from gencraft_media.console.preparing import FOLDERS
from gencraft_media.console.programs import engine_programs
from tests.services.programs import die_with_parent, free_port
from tests.suites import clean_environment
from tests.waiting import wait_until

Found = TypeVar("Found")
# Everything that waits for a dead process waits for one of these; production's values would only make tests longer.
SHORT_WAITS = {
    "LEASE_S": "2",
    "LEASE_RENEWAL_S": "0.4",
    "HINT_PATIENCE_S": "1",
    # Longer than a killed worker takes to be back, on a busy machine too: its repeat must still be in time.
    "UNKNOWN_GRACE_S": "30",
    "DISPATCH_INTERVAL_S": "0.05",
    "HOUSEKEEPING_EVERY_S": "0.5",
}
ENGINE = ("web", "dispatcher", "worker-io", "worker-media")


class RunningEngine:
    """Programs by name, each with the process it runs in now. What dies is started again while a test waits."""

    def __init__(self, folder: Path, variables: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.variables = variables or {}
        self.journal = folder / "submissions"
        self.armed = folder / "crashpoints"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.deaths: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.programs = {one.name: one.command for one in engine_programs(listen="127.0.0.1", port=self.port)}
        for name in (*FOLDERS, self.armed.name):
            (folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """What the programs are told: this test's database, folders of their own, short waits."""
        return {
            **clean_environment(),
            **SHORT_WAITS,
            "DJANGO_SETTINGS_MODULE": "gencraft_media.settings",
            "SIM_ENABLED": "true",
            "DATABASE_URL": database_url(),
            "BROKER_URL": os.environ.get("BROKER_URL", "filesystem://"),
            "DATA_DIR": str(self.folder),
            "SIM_JOURNAL": str(self.journal),
            "CRASHPOINTS": str(self.armed),
            "PUBLIC_URL": self.url,
            "SECRET_KEY": settings.SECRET_KEY,
            "SEALING_KEYS": ",".join(settings.SEALING_KEYS),
            **self.variables,
        }

    def start(self, *names: str) -> None:
        """Run the programs, each in a session of its own that ends with the test process."""
        for name in names:
            with (self.folder / "logs" / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    self.programs[name],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=settings.BASE_DIR,
                    env=self.environment,
                    start_new_session=True,
                    preexec_fn=die_with_parent,
                )

    def kill(self, name: str) -> None:
        """`kill -9` to the program and whatever it started in its session."""
        process = self.processes[name]
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name)
            del self.processes[name]

    def revive(self) -> None:
        """Start again what died, counting the deaths."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                self.deaths[name] = self.deaths.get(name, 0) + 1
                self.kill(name)
                self.start(name)

    def arm(self, point: str) -> None:
        """Let the next process that comes to the crash point die there."""
        (self.armed / point).touch()

    def is_armed(self, point: str) -> bool:
        """Whether nobody came to the crash point since it was armed."""
        return (self.armed / point).exists()

    def wait_until(self, condition: Callable[[], Found], *, timeout_s: float, what: str) -> Found:
        """Ask `condition` until it holds, starting again what dies; a database that is away has not answered yet."""

        def look() -> Found | None:
            self.revive()
            try:
                return condition()
            except DatabaseTrouble:
                connection.close()
                return None

        try:
            found = wait_until(look, timeout_s=timeout_s, what=what)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.last_words()}") from error
        assert found is not None
        return found

    def wait_for_web(self) -> None:
        """Return once the API says that it is ready."""
        self.wait_until(self._is_ready, timeout_s=60, what="the API")

    def submissions(self, attempt_ids: set[uuid.UUID]) -> list[str]:
        """Which of the attempts the provider took a paid job for, one entry for each job."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        references = {str(pk) for pk in attempt_ids}
        return [found for line in lines for found in references if f'"{found}"' in line]

    def logs(self) -> str:
        """What all programs have said."""
        return "".join(log.read_text(errors="replace") for log in (self.folder / "logs").glob("*.log"))

    def last_words(self) -> str:
        """The ends of all logs."""
        logs = sorted((self.folder / "logs").glob("*.log"))
        return f"deaths: {self.deaths}\n" + "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-2500:]}" for log in logs
        )

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).ok
        except requests.RequestException:
            return False


@contextmanager
def running_engine(folder: Path, *names: str, **variables: str) -> Iterator[RunningEngine]:
    """An engine on a database of its own, which is the test process's, too; both are gone afterwards."""
    with _own_database(folder):
        engine = RunningEngine(folder, variables)
        try:
            engine.start(*names)
            if "web" in names:
                engine.wait_for_web()
            yield engine
        finally:
            engine.stop()


@contextmanager
def _own_database(folder: Path) -> Iterator[None]:
    facts = connection.settings_dict
    name_before, test_name_before = facts["NAME"], facts["TEST"]["NAME"]
    _let_go()
    facts["TEST"]["NAME"] = (
        str(folder / "engine.sqlite3") if connection.vendor == "sqlite" else "gencraft_running_engine"
    )
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        forget_prices()
        call_command("load_catalogue", verbosity=0)
        call_command("load_prices", verbosity=0)
        yield
    finally:
        _let_go()
        _end_other_sessions()
        connection.creation.destroy_test_db(name_before, verbosity=0)
        facts["TEST"]["NAME"] = test_name_before
        _let_go()
        forget_prices()


def _let_go() -> None:
    """Keep no connection to the database that was in use."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _end_other_sessions() -> None:
    """The server may not have noticed yet that the engine's processes were killed, and keeps their database.

    Asked from outside the database: a pool of our own may open a second session while the first answers.
    """
    if connection.vendor != "postgresql":
        return
    sessions = "FROM pg_stat_activity WHERE datname = %s"
    name = [connection.settings_dict["NAME"]]
    with connection._nodb_cursor() as cursor:

        def are_gone() -> bool:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {sessions}", name)
            return not cursor.fetchall()

        wait_until(are_gone, timeout_s=30, what="the end of the engine's sessions")


def database_url() -> str:
    """The address of this test process's own database."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
