"""Rows that every request asks for, kept in memory for about a second: a change holds everywhere within that second."""

import functools
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

Value = TypeVar("Value")
_forgetters: list[Callable[[], None]] = []


def remembered(read: Callable[[], Value]) -> Callable[[], Value]:
    """Call `read` at most once per FRESH_FOR_S seconds in this process; what it returns must not be changed."""
    lock = threading.Lock()
    kept: list[tuple[float, Value]] = []

    @functools.wraps(read)
    def fresh() -> Value:
        with lock:
            if kept and time.monotonic() - kept[0][0] < settings.FRESH_FOR_S:
                return kept[0][1]
        value = read()
        with lock:
            kept[:] = [(time.monotonic(), value)]
        return value

    _forgetters.append(kept.clear)
    return fresh


def remembered_longer(times: int) -> Callable[[Callable[[], Value]], Callable[[], Value]]:
    """As `remembered`, `times` FRESH_FOR_S long, for what takes a while to read and changes slowly.

    While one thread reads it anew, the others go on with what was known before.
    """

    def remembering(read: Callable[[], Value]) -> Callable[[], Value]:
        reading = threading.Lock()
        kept: list[tuple[float, Value]] = []

        @functools.wraps(read)
        def known() -> Value:
            before = kept[:]
            if before and time.monotonic() - before[0][0] < times * settings.FRESH_FOR_S:
                return before[0][1]
            if not reading.acquire(blocking=not before):
                return before[0][1]
            try:
                # Another thread may have read it while this one waited.
                if not kept or kept == before:
                    kept[:] = [(time.monotonic(), read())]
                return kept[0][1]
            finally:
                reading.release()

        _forgetters.append(kept.clear)
        return known

    return remembering


def forget_remembered() -> None:
    """Read everything anew on its next use, in this process."""
    for forget in _forgetters:
        forget()
