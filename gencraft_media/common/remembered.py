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


def forget_remembered() -> None:
    """Read everything anew on its next use, in this process."""
    for forget in _forgetters:
        forget()
