"""Runs the engine's programs as one: starts them, starts again what dies, stops all of them together."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from gencraft_media.console.children import Child, Program

LOOK_EVERY_S = 0.1
DRAIN_S = 15.0


class Supervisor:
    """Keeps a set of programs running until it is told to stop. Runs in the main thread, where signals arrive."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        log_folder: Path,
        say: Callable[[str], None],
        drain_s: float = DRAIN_S,
    ) -> None:
        log_folder.mkdir(parents=True, exist_ok=True)
        self.children = [Child(program, log_folder) for program in programs]
        self.say = say
        self.drain_s = drain_s
        # 1: stop in order; 2 and more: somebody is impatient, stop at once.
        self.stop_requests = 0

    def run(self) -> None:
        """Run everything until SIGINT or SIGTERM, then drain and stop."""
        with self._signals():
            if self.stop_requests:
                return
            for child in self.children:
                child.start()
            try:
                while not self.stop_requests:
                    self._look_after_children()
                    time.sleep(LOOK_EVERY_S)
            finally:
                self._stop()

    def _look_after_children(self) -> None:
        for child in self.children:
            status = child.find_death()
            if status is not None:
                self.say(
                    f"{child.name} ended (status {status}); starting it again in {child.pause_s:g} s. "
                    f"Its log: {child.log_path}"
                )
            if child.is_due:
                child.start()
            child.turn_log()

    def _stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + self.drain_s
        while any(child.is_running for child in self.children):
            if time.monotonic() > deadline or self.stop_requests > 1:
                break
            time.sleep(LOOK_EVERY_S)
        for child in self.children:
            child.kill()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def request_stop(number: int, frame: FrameType | None) -> None:
            self.stop_requests += 1

        before = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
