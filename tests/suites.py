"""`make test`: the suite on SQLite, then all of it on PostgreSQL and Valkey; says how long each took."""

import os
import re
import sys
import time
from pathlib import Path

from tests.services.__main__ import run_beside, running_services, stop_like_ctrl_c

ROOT = Path(__file__).resolve().parent.parent
# What a developer's shell may carry for a running engine must not decide what the tests run on.
ENGINE_VARIABLES = frozenset(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
# By pytest's exit status; any other is a failure.
OUTCOMES = {0: "passed", 5: "no tests"}


def clean_environment() -> dict[str, str]:
    """This process's environment without anything meant for an engine."""
    return {
        name: value for name, value in os.environ.items() if name not in {*ENGINE_VARIABLES, "DJANGO_SETTINGS_MODULE"}
    }


def pytest_command(markers: str, arguments: list[str]) -> list[str]:
    """How one suite is run."""
    return [sys.executable, "-m", "pytest", "-q", "-m", markers, *arguments]


def run_on_sqlite(arguments: list[str]) -> int:
    """Everything that needs no server."""
    return run_beside(pytest_command("not services and not soak", arguments), clean_environment())


def run_on_services(arguments: list[str]) -> int:
    """Everything, on real servers."""
    with running_services() as addresses:
        return run_beside(pytest_command("not soak", arguments), {**clean_environment(), **addresses})


SUITES = {"SQLite": run_on_sqlite, "PostgreSQL + Valkey": run_on_services}


def main() -> int:
    """Run the suites one after the other, the second also when the first fails; report each with its time."""
    stop_like_ctrl_c()
    report, failed = [], False
    try:
        for name, run in SUITES.items():
            print(f"\n=== {name} ===", flush=True)  # noqa: T201 (a command's output)
            started = time.monotonic()
            status = run(sys.argv[1:])
            failed |= status not in OUTCOMES
            report.append(f"  {name:<22} {OUTCOMES.get(status, 'failed'):<10} {time.monotonic() - started:7.1f} s")
    except KeyboardInterrupt:
        return 130
    print("\n=== Time per suite ===", *report, sep="\n", flush=True)  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
