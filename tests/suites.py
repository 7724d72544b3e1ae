"""`make test`: all tests on SQLite, and on PostgreSQL and Valkey, at once; says how long each run took."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.services.__main__ import end_child, running_services, stop_like_ctrl_c

ROOT = Path(__file__).resolve().parent.parent
# What a developer's shell may carry for a running engine must not decide what the tests run on.
ENGINE_VARIABLES = frozenset(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
# By pytest's exit status; any other is a failure.
OUTCOMES, FAILED = {0: "passed", 5: "no tests"}, "failed"
_ON_SQLITE = ("-m", "not services and not soak", "--databases=only")
# A browser sees the same on either database, and looks once.
_ON_SERVICES = ("-m", "not soak and not browser", "--databases=only")


@dataclass(frozen=True)
class Run:
    """One run of pytest: its name, what it is told, whether it has servers of its own."""

    name: str
    options: tuple[str, ...]
    with_services: bool


# Those of a lane follow each other, the lanes go side by side. Engines of many processes start in one lane alone: they
# wait more than they work, and two at a time would be in each other's way. What comes to no database runs once.
LANES = (
    (Run("SQLite", (*_ON_SQLITE, "--engines=without"), with_services=False),),
    (Run("PostgreSQL", (*_ON_SERVICES, "--engines=without"), with_services=True),),
    (
        Run("SQLite, engines", (*_ON_SQLITE, "--engines=only"), with_services=False),
        Run("PostgreSQL, engines", (*_ON_SERVICES, "--engines=only"), with_services=True),
    ),
    (Run("no database", ("-m", "not soak", "--databases=without"), with_services=False),),
)


def clean_environment() -> dict[str, str]:
    """This process's environment without anything meant for an engine."""
    return {
        name: value for name, value in os.environ.items() if name not in {*ENGINE_VARIABLES, "DJANGO_SETTINGS_MODULE"}
    }


@dataclass
class Command:
    """One `make test`: its children, and what is to be said of them at the end."""

    arguments: Sequence[str]
    children: list[subprocess.Popen[Any]] = field(default_factory=list)
    ended: list[tuple[Run, str, float]] = field(default_factory=list)
    # What pytest says of each test that failed: a thousand lines of the other lanes may follow it.
    failures: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def take(self, lane: Sequence[Run]) -> None:
        """Do a lane's runs, each whatever became of the one before."""
        for run in lane:
            if not self.stopped.is_set():
                self._do(run)

    def _do(self, run: Run) -> None:
        started_s = time.monotonic()
        with ExitStack() as servers:
            addresses = servers.enter_context(running_services()) if run.with_services else {}
            status = self._pytest(run, {**clean_environment(), **addresses})
        self.ended.append((run, OUTCOMES.get(status, FAILED), time.monotonic() - started_s))

    def _pytest(self, run: Run, environment: Mapping[str, str]) -> int:
        """Its exit status; what it prints comes out line by line, with its name before it."""
        child = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *run.options, *self.arguments],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.children.append(child)
        if self.stopped.is_set():
            # Its servers were still starting when everything was told to end.
            end_child(child)
        assert child.stdout is not None
        for line in child.stdout:
            print(f"{run.name:<19} | {line}", end="", flush=True)  # noqa: T201 (a command's output)
            if line.startswith(("FAILED ", "ERROR ")):
                self.failures.append(f"  {run.name:<19} {line.rstrip()}")
        return child.wait()

    def report(self) -> list[str]:
        """A line for each run, how it ended and how long it took; then one for each test that failed."""
        runs = [f"  {run.name:<19} {outcome:<10} {took_s:7.1f} s" for run, outcome, took_s in self.ended]
        return ["=== Time per run ===", *runs, *(["=== Failed ===", *self.failures] if self.failures else [])]

    def stop(self) -> None:
        """End what runs, and begin nothing more."""
        self.stopped.set()
        for child in self.children:
            if child.poll() is None:
                end_child(child)


def main() -> int:
    """Run the lanes, side by side where there is more than one core, and report each run with its time."""
    stop_like_ctrl_c()
    command = Command(sys.argv[1:])
    with ThreadPoolExecutor(len(LANES) if (os.cpu_count() or 1) > 1 else 1) as lanes:
        try:
            for done in [lanes.submit(command.take, lane) for lane in LANES]:
                done.result()
        except KeyboardInterrupt:
            command.stop()
            return 130
    print("", *command.report(), sep="\n", flush=True)  # noqa: T201 (a command's output)
    return 1 if any(outcome == FAILED for _, outcome, _ in command.ended) else 0


if __name__ == "__main__":
    sys.exit(main())
