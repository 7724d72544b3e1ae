"""Byte ranges of HTTP (RFC 9110 §14), as far as one range a request."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*", re.ASCII)


@dataclass(frozen=True)
class ByteRange:
    """The bytes from `start` up to and with `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start + 1


class RangeNotSatisfiable(ValueError):
    """The range begins behind the end of the object."""


def find_range(header: str | None, size_bytes: int) -> ByteRange | None:
    """The range asked for. None for no range, several, or nonsense: RFC 9110 lets those have the whole object.

    Raises `RangeNotSatisfiable`.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(0, size_bytes - int(match[2])), size_bytes - 1
    else:
        start, end = int(match[1]), min(int(match[2] or size_bytes - 1), size_bytes - 1)
        if match[2] and int(match[2]) < start:
            return None
    if start >= size_bytes:
        raise RangeNotSatisfiable
    return ByteRange(start, end)
