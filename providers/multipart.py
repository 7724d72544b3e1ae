"""The parts of a multipart body that is sent to a provider."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

from providers.errors import Unreachable
from providers.types import HttpRequest, InputMedia


@contextmanager
def opened_parts(request: HttpRequest) -> Iterator[list[tuple[str, tuple[Any, ...]]] | None]:
    """The parts of a multipart body, files opened; None where the body has another form."""
    if request.files is None and not request.multipart:
        yield None
        return
    parts: list[tuple[str, tuple[Any, ...]]] = []
    if request.multipart:
        # A part without a file name is a plain field.
        parts = [(name, (None, str(value))) for name, value in (request.form or {}).items()]
    with ExitStack() as stack:
        for name, media in request.files or ():
            parts.append((name, (media.path.name, stack.enter_context(_opened(media)), media.mime_type)))
        yield parts


def _opened(media: InputMedia) -> BinaryIO:
    """An input's file. Raises `Unreachable` where it is gone: nothing was sent."""
    try:
        return media.path.open("rb")
    except OSError as error:
        raise Unreachable("A picture to be sent is not there any more.", vendor_text=type(error).__name__) from error
