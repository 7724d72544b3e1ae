"""Waiting on a condition with a deadline, the only way in which a test waits."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], *, timeout_s: float = 10.0, what: str = "the condition") -> Found:
    """Ask `condition` until it answers something true, and return that. Raises TimeoutError after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not seen within {timeout_s} s")
        pause.wait(0.02)
    return found


async def until(condition: Callable[[], Found], *, timeout_s: float = 10.0, what: str = "the condition") -> Found:
    """As `wait_until`, for tests on an event loop: the condition is asked in a thread, and the loop goes on."""
    return await asyncio.to_thread(wait_until, condition, timeout_s=timeout_s, what=what)
