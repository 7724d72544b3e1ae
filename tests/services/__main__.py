"""`python -m tests.services run [--durable] -- COMMAND`: the command, with PostgreSQL and Valkey beside it."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tests.services.control import SOCKET_VARIABLE, Control
from tests.services.programs import runnable_programs, scratch_folder
from tests.services.servers import Postgres, Valkey

INTERRUPTED_TIMEOUT_S = 20.0


@contextmanager
def running_services(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Both servers, and the environment variables by which the engine finds them. Always stops them."""
    scratch = scratch_folder()
    servers: list[Postgres | Valkey] = []
    try:
        postgres = Postgres(scratch / "postgres", runnable_programs(scratch), durable=durable)
        valkey = Valkey(scratch / "valkey")
        servers += [postgres, valkey]
        control = Control(scratch, postgres, valkey)
        postgres.start()
        valkey.start()
        postgres.create_database()
        control.listen()
        yield {"DATABASE_URL": postgres.url, "BROKER_URL": valkey.url, SOCKET_VARIABLE: str(control.path)}
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def run_beside(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run `command` with `environment` and return its exit status; an interrupt goes on once it has cleaned up."""
    child = subprocess.Popen(command, env=environment)
    try:
        return child.wait()
    except KeyboardInterrupt:
        end_child(child)
        raise


def end_child(child: subprocess.Popen[Any]) -> None:
    """Wait for a child that was interrupted as well, and end it if it does not end."""
    # A terminal sends Ctrl-C to the command as well; `kill` of this process alone does not.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            child.wait(INTERRUPTED_TIMEOUT_S / 3)
        except subprocess.TimeoutExpired:
            child.send_signal(number)
    child.wait()


def stop_like_ctrl_c() -> None:
    """Let SIGTERM take the same way out as Ctrl-C, through every `finally`."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.services")
    parser.add_argument("action", choices=["run"])
    parser.add_argument("--durable", action="store_true", help="PostgreSQL with fsync, for benchmarks")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    options = parser.parse_args()
    stop_like_ctrl_c()
    try:
        with running_services(durable=options.durable) as addresses:
            return run_beside(options.command, {**os.environ, **addresses})
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
