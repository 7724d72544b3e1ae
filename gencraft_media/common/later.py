"""Answers that are not ready when their view is: what finishes them runs on the event loop, without a thread."""

from collections.abc import Awaitable, Callable

from django.http.response import HttpResponseBase

Ending = Callable[[], Awaitable[None]]
_NAME = "gencraft_ending"


def finish_later(response: HttpResponseBase, ending: Ending) -> None:
    """Have `ending` awaited before the response is sent; it may change the response.

    Servers without an event loop (WSGI, Django's test client) send the response as it is.
    """
    setattr(response, _NAME, ending)


def ending_of(response: HttpResponseBase) -> Ending | None:
    """What has to be awaited before the response is sent, if anything."""
    ending: Ending | None = getattr(response, _NAME, None)
    return ending
