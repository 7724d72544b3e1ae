"""Listens on the line between the engine and its providers, and lets tests do something before or after an exchange."""

from collections.abc import Callable
from typing import Any

from providers.base import ProviderAdapter
from providers.types import HttpAnswer, HttpRequest

Hook = Callable[[HttpRequest], object]


class Wire:
    """Stands in for the `send` of the engine's transport and passes everything on."""

    def __init__(self, send: Callable[..., HttpAnswer]) -> None:
        self._send = send
        self.sent: list[HttpRequest] = []
        self.before: Hook = lambda request: None
        # Runs whether an answer came or not.
        self.after: Hook = lambda request: None

    def __call__(self, adapter: ProviderAdapter, request: HttpRequest, **more: Any) -> HttpAnswer:
        self.sent.append(request)
        self.before(request)
        try:
            return self._send(adapter, request, **more)
        finally:
            self.after(request)

    def posts(self) -> list[HttpRequest]:
        """The paid requests that went out."""
        return [request for request in self.sent if request.method == "POST"]


def once(action: Callable[[], object], method: str = "POST") -> Hook:
    """A hook that acts at the first exchange with that method, and never again."""
    done: list[bool] = []

    def act(request: HttpRequest) -> None:
        if request.method == method and not done:
            done.append(True)
            action()

    return act
