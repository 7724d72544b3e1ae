"""Answers that come bit by bit: cut into events, as the HTML standard has it, and followed to their end."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gencraft_media.common.logs import logger
from providers.errors import BrokenContract, Moderated, OutcomeUnknown, Rejected
from providers.types import Finished, Partial, Refused

log = logger(__name__)

EVENT_STREAM = "text/event-stream"
# A line holds at most one picture as base64.
MAX_EVENT_BYTES = 96 * 1024 * 1024
_LINE_END = re.compile(rb"\r\n|\n|\r")


class StreamEvent(NamedTuple):
    """One event: its name ("" where it has none) and its data."""

    name: str
    data: bytes


def events_in(chunks: Iterable[bytes]) -> Iterator[StreamEvent]:
    """The events of a stream, each as soon as it is whole; one that the end cuts off is none.

    Raises `BrokenContract` for one larger than `MAX_EVENT_BYTES`.
    """
    name, data, size_bytes = "", list[bytes](), 0
    for line in _lines_in(chunks):
        size_bytes += len(line)
        if size_bytes > MAX_EVENT_BYTES:
            raise BrokenContract("An event of the answer was larger than allowed.")
        if not line:
            if data:
                yield StreamEvent(name, b"\n".join(data))
            name, data, size_bytes = "", [], 0
            continue
        # A line that begins with a colon is a comment: its field has no name.
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode("utf-8", "replace")


def ending_of(
    told: Iterable[Partial | Finished | Refused], on_partial: Callable[[Partial], None]
) -> Finished | Refused:
    """How a stream ended. Each preview goes to `on_partial`; one that cannot be used there loses nothing else.

    Raises `OutcomeUnknown` when the stream does not say how it ended, and where it ends with the vendor's own trouble
    after a preview: it was at work, and may be paid.
    """
    has_begun = False
    for one in told:
        if isinstance(one, Refused) and has_begun and not isinstance(one.error, Rejected | Moderated):
            raise OutcomeUnknown(vendor_code=one.error.vendor_code, vendor_text=one.error.vendor_text) from one.error
        if not isinstance(one, Partial):
            return one
        has_begun = True
        try:
            on_partial(one)
        except Exception:
            log.warning("preview lost", index=one.index, exc_info=True)
    raise OutcomeUnknown(vendor_text="the stream ended without a picture")


def _lines_in(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines without their ends, which are any of CR LF, LF and CR, also across two chunks."""
    pending, size_bytes, after_return = list[bytes](), 0, False
    for chunk in chunks:
        if after_return and chunk:
            chunk, after_return = chunk.removeprefix(b"\n"), False
        if chunk.endswith(b"\r"):
            after_return = True
        *ended, rest = _LINE_END.split(chunk)
        for line in ended:
            yield b"".join([*pending, line])
            pending, size_bytes = [], 0
        pending.append(rest)
        size_bytes += len(rest)
        if size_bytes > MAX_EVENT_BYTES:
            raise BrokenContract("An event of the answer was larger than allowed.")
