"""Permits for bounded children, shared by every process of this host: one per core, and a budget of pixels."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

# Two of the largest pictures (68 megapixels) at once, or as many smaller ones as there are cores.
PIXELS_PER_SHARE = 4_250_000
SHARES = 32
POLL_S = 0.002

_turn = threading.Lock()


@contextmanager
def permit(folder: Path, *, children: int, pixels: int) -> Iterator[None]:
    """Hold one child's place and its share of the pixel budget; both end with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = min(max(1, -(-pixels // PIXELS_PER_SHARE)), SHARES)
    with ExitStack() as held:
        # One caller of the host at a time asks, so that a large picture is never overtaken for ever by small ones.
        with _turn, _queue(folder):
            while True:
                with ExitStack() as taken:
                    if _take(taken, folder, "child", 1, children) and _take(taken, folder, "pixels", wanted, SHARES):
                        held.push(taken.pop_all())
                        break
                # At most one thread of the host is here, and each holder is bounded by its own wall-clock limit.
                time.sleep(POLL_S)
        yield


@contextmanager
def _queue(folder: Path) -> Iterator[None]:
    with (folder / "queue").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _take(taken: ExitStack, folder: Path, kind: str, wanted: int, existing: int) -> bool:
    for number in range(existing):
        if wanted == 0:
            break
        descriptor = os.open(folder / f"{kind}-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        taken.callback(os.close, descriptor)
        wanted -= 1
    return wanted == 0
