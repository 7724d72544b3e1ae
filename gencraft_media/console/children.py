"""One program under the supervisor: started, watched, started again, stopped."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0
# A child that lived this long was well; its next pause is the first one again.
HEALTHY_AFTER_S = 10.0
LOG_LIMIT_BYTES = 10 * 1024 * 1024

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Called in a child before exec: the kernel stops it if the supervisor is killed. Linux only."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(frozen=True)
class Program:
    """What to run, under which name."""

    name: str
    command: tuple[str, ...]


class Child:
    """A program with its running process, if there is one, and its log file."""

    def __init__(self, program: Program, log_folder: Path) -> None:
        self.name = program.name
        self.command = program.command
        self.log_path = log_folder / f"{program.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.started_at = 0.0
        self.start_at = 0.0

    def start(self) -> None:
        """Run the program, its output added to its log."""
        self.turn_log()
        with self.log_path.open("ab") as log:
            # Its own session: Ctrl-C reaches the supervisor alone, which then stops everything in order.
            self.process = subprocess.Popen(  # noqa: S603 (commands are ours)
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self.started_at = time.monotonic()

    def find_death(self) -> int | None:
        """The exit status if the program ended by itself since the last look; then it is due again after a pause."""
        if self.process is None or (status := self.process.poll()) is None:
            return None
        self._signal_all(signal.SIGKILL)
        self.process = None
        lived_s = time.monotonic() - self.started_at
        self.failures = 0 if lived_s >= HEALTHY_AFTER_S else self.failures + 1
        self.start_at = time.monotonic() + self.pause_s
        return status

    @property
    def pause_s(self) -> float:
        """How long to wait before the next start: doubles with each early death."""
        return float(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self.failures))

    @property
    def is_due(self) -> bool:
        return self.process is None and time.monotonic() >= self.start_at

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Ask for an orderly end: no new work, finish what is in hand."""
        if self.is_running and self.process is not None:
            self.process.terminate()

    def kill(self) -> None:
        """End the program and whatever it started, at once."""
        self._signal_all(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def turn_log(self) -> None:
        """Move what is in a log that became too long into the one older log; the program goes on in the same file."""
        with contextlib.suppress(OSError):
            if self.log_path.stat().st_size <= LOG_LIMIT_BYTES:
                return
            # A full disk is no reason to let the log grow on.
            with contextlib.suppress(OSError):
                shutil.copyfile(self.log_path, self.log_path.with_suffix(".log.1"))
            # Programs append, and so write on at the new end.
            os.truncate(self.log_path, 0)

    def _signal_all(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
