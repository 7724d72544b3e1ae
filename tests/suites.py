"""`make test`: the suite on SQLite and, beside it, on PostgreSQL and Valkey; says how long each took."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests.services.__main__ import end_child, running_services, stop_like_ctrl_c

ROOT = Path(__file__).resolve().parent.parent
# What a developer's shell may carry for a running engine must not decide what the tests run on.
ENGINE_VARIABLES = frozenset(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
# By pytest's exit status; any other is a failure.
OUTCOMES = {0: "passed", 5: "no tests"}
SQLITE, SERVICES = "SQLite", "PostgreSQL + Valkey"
# What each suite runs. Whatever touches no database runs once; what starts many processes does so first in the one
# suite and last in the other, so that the two do not meet.
CHOICES: Mapping[str, Sequence[str]] = {
    SQLITE: ["-m", "not services and not soak"],
    SERVICES: ["-m", "not soak", "--databases-only", "--processes-first"],
}


def clean_environment() -> dict[str, str]:
    """This process's environment without anything meant for an engine."""
    return {
        name: value for name, value in os.environ.items() if name not in {*ENGINE_VARIABLES, "DJANGO_SETTINGS_MODULE"}
    }


class Suite:
    """One suite in a process of its own; what it prints comes out line by line, with its name before it."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._started_s = time.monotonic()
        self.child = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", *CHOICES[name], *arguments],
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert self.child.stdout is not None
        self._printer = threading.Thread(target=self._print, args=[self.child.stdout], daemon=True)
        self._printer.start()

    def wait(self) -> int:
        """Its exit status, once all it printed is out."""
        status = self.child.wait()
        self._printer.join()
        self.took_s = time.monotonic() - self._started_s
        return status

    def _print(self, lines: IO[str]) -> None:
        for line in lines:
            print(f"{self.name:<19} | {line}", end="", flush=True)  # noqa: T201 (a command's output)


def run_suites(arguments: Sequence[str]) -> bool:
    """Both suites; the one is not stopped by a failure of the other. Whether all went well."""
    clean = clean_environment()
    with running_services() as addresses:
        suites: list[Suite] = []
        try:
            for name, environment in ((SQLITE, clean), (SERVICES, {**clean, **addresses})):
                suites.append(Suite(name, arguments, environment))
                if not _has_cores_for_both():
                    suites[-1].wait()
            statuses = [suite.wait() for suite in suites]
        except KeyboardInterrupt:
            for suite in suites:
                end_child(suite.child)
            raise
    print("\n=== Time per suite ===", flush=True)  # noqa: T201 (a command's output)
    for suite, status in zip(suites, statuses, strict=True):
        print(f"  {suite.name:<22} {OUTCOMES.get(status, 'failed'):<10} {suite.took_s:7.1f} s", flush=True)  # noqa: T201
    return all(status in OUTCOMES for status in statuses)


def _has_cores_for_both() -> bool:
    return (os.cpu_count() or 1) > 1


def main() -> int:
    """Run the suites, report each with its time."""
    stop_like_ctrl_c()
    try:
        return 0 if run_suites(sys.argv[1:]) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
