"""Tells whoever holds requests open that this process is about to stop."""

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def when_stopping(listener: Callable[[], None]) -> None:
    """Call `listener` once a stop is asked for. It may run in any thread and must not block."""
    _listeners.append(listener)


def announce_stop() -> None:
    """Called by the web server when it is asked to stop, before it waits for requests in hand."""
    for listener in _listeners:
        listener()
