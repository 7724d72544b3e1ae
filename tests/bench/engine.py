"""A whole engine as processes of its own, for measuring: started, asked for its CPU and memory, stopped."""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from gencraft_media.console.programs import web_command
from tests.services.programs import free_port
from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_START_TIMEOUT_S = 60.0
_CELERY = ("-m", "celery", "-A", "gencraft_media.celery", "--quiet")
_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING")


@dataclass(frozen=True)
class MeasuredEngine:
    """The running processes by name, the folder they keep everything in, and the address they answer at."""

    processes: dict[str, subprocess.Popen[bytes]]
    folder: Path
    port: int
    environment: dict[str, str]

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds used so far by each process and all its children, living and reaped.

        The simulated provider draws in the image template of the worker that calls providers: counted as `provider`.
        """
        spent = {name: _tree_cpu_s(process.pid) for name, process in self.processes.items()}
        drawing = sum(_tree_cpu_s(child) for child in _children(self.processes["worker-io"].pid))
        return {**spent, "worker-io": spent["worker-io"] - drawing, "provider": drawing}

    def stop(self, name: str) -> None:
        """End one process for good."""
        self.processes[name].terminate()
        self.processes[name].wait(30)

    def jobs_by_status(self) -> dict[str, int]:
        """How many jobs there are in each status."""
        with psycopg.connect(self.environment["DATABASE_URL"].replace("postgres://", "postgresql://")) as connection:
            rows = connection.execute("SELECT status, COUNT(*) FROM media_generation_jobs GROUP BY status").fetchall()
        return {str(status): int(count) for status, count in rows}

    def memory_mb(self) -> dict[str, float]:
        """Proportional memory of each process and its living children, in MB."""
        return {name: _tree_memory_mb(process.pid) for name, process in self.processes.items()}


@contextmanager
def measured_engine(*, web_workers: int = 2) -> Iterator[MeasuredEngine]:
    """Web, dispatcher, two workers and beat on the database and broker of the environment."""
    with tempfile.TemporaryDirectory(prefix="gencraft-bench-") as name:
        folder, port = Path(name), free_port()
        os.environ["WEB_WORKERS"] = str(web_workers)
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "DATA_DIR": name,
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEY": secrets.token_hex(),
            "SEALING_KEYS": os.environ.get("SEALING_KEYS", "GdJ5rNpfNgHhwd_3MUWgP2f0YV0XU1Nl7Hq6mJQ2b5s="),
            "LOG_LEVEL": "WARNING",
            "API_REQUESTS_PER_MINUTE": "1000000",
            "DATABASE_POOL_MAX": "8",
        }
        for command in (("migrate", "--verbosity=0"), ("load_catalogue",), ("load_prices",)):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=PROJECT,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        processes = _start(folder, port, environment)
        try:
            yield MeasuredEngine(processes, folder, port, environment)
        finally:
            for process in processes.values():
                process.terminate()
            for process in processes.values():
                process.wait(30)


def _start(folder: Path, port: int, environment: dict[str, str]) -> dict[str, subprocess.Popen[bytes]]:
    commands = {
        "web": web_command("127.0.0.1", port)[1:],
        "dispatcher": ("manage.py", "dispatch"),
        "worker-io": (*_CELERY, "worker", "-P", "threads", "-Q", "io", "-c", "128", "-n", "io@%h", *_ALONE),
        "worker-media": (*_CELERY, "worker", "-P", "threads", "-Q", "media,housekeeping", "-c", "4", "-n", "media@%h",
                         *_ALONE),
        "beat": (*_CELERY, "beat", "--pidfile=", "--loglevel", "WARNING"),
    }  # fmt: skip
    log = (folder / "processes.log").open("wb")
    processes = {
        name: subprocess.Popen([sys.executable, *command], cwd=PROJECT, env=environment, stdout=log, stderr=log)
        for name, command in commands.items()
    }
    from tests.bench.load import answers

    wait_until(lambda: answers(port), timeout_s=_START_TIMEOUT_S, what="the web server")
    return processes


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in listed for child in _read(file).split()]


def _tree_cpu_s(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / _TICKS if fields else 0.0
    return own + sum(_tree_cpu_s(child) for child in _children(pid))


def _tree_memory_mb(pid: int) -> float:
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    own = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0) / 1024
    return own + sum(_tree_memory_mb(child) for child in _children(pid))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
