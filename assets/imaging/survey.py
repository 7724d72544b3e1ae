"""What a JPEG, PNG or WebP says of itself, read part by part before any decoder. Runs in a bounded child only.

Sources: PNG third edition (W3C, 2025-06), ITU-T T.81 annex B, RFC 9649 (WebP, 2024-11); read 2026-11-22.
"""

import mmap
import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

SIGNATURES = {"jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF"}
# Encoders that write the smallest parts make about a thousand of a large picture.
MOST_PARTS = 50_000
_JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_PNG_PIXELS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"fcTL", b"fdAT", b"acTL"}
_PNG_ANIMATED = {b"fdAT"}
_WEBP_PIXELS = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
_WEBP_ANIMATED = {b"ANIM", b"ANMF"}
_WEBP_ANIMATION_FLAG = 0x02


class Unsound(Exception):
    """The parts do not add up: `truncated`, `unreadable` or `bomb`, and what is wrong."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass
class Survey:
    """Format, size in pixels (0 where none is said), whether there is more than one frame, and bytes beside pixels."""

    format: str
    width: int = 0
    height: int = 0
    is_animated: bool = False
    metadata_bytes: Counter[bytes] = field(default_factory=Counter)


def survey(content: mmap.mmap) -> Survey | None:
    """Read the parts up to the pixels, of a PNG and a WebP to the end; None for what is none of the three.

    What follows the picture's end is not looked at: no decoder will. Raises `Unsound`.
    """
    kind = next((kind for kind, start in SIGNATURES.items() if content[: len(start)] == start), None)
    if kind is None or (kind == "webp" and content[8:12] != b"WEBP"):
        return None
    found = Survey(kind)
    try:
        {"jpeg": _survey_jpeg, "png": _survey_png, "webp": _survey_webp}[kind](content, found)
    except (struct.error, IndexError) as error:
        raise Unsound("truncated", "the file ends within a part") from error
    return found


def _survey_png(content: mmap.mmap, found: Survey) -> None:
    for kind, start, length in _png_parts(content):
        if kind == b"IHDR":
            found.width, found.height = struct.unpack(">II", content[start : start + 8])
        elif kind == b"acTL":
            found.is_animated |= struct.unpack(">I", content[start : start + 4])[0] > 1
        found.is_animated |= kind in _PNG_ANIMATED
        if kind not in _PNG_PIXELS:
            found.metadata_bytes[kind] += length


def _png_parts(content: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    place = len(SIGNATURES["png"])
    for _ in range(MOST_PARTS):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if place + 12 + length > len(content):
            raise Unsound("truncated", "the file ends within a part")
        yield kind, place + 8, length
        if kind == b"IEND":
            return
        place += 12 + length
    raise Unsound("bomb", f"it has more than {MOST_PARTS} parts")


def _survey_webp(content: mmap.mmap, found: Survey) -> None:
    for kind, start, length in _webp_parts(content):
        if kind == b"VP8X":
            found.is_animated |= bool(content[start] & _WEBP_ANIMATION_FLAG)
        if kind in {b"VP8X", b"VP8 ", b"VP8L"} and not found.width:
            found.width, found.height = _webp_size(kind, content[start : start + 10])
        found.is_animated |= kind in _WEBP_ANIMATED
        if kind not in _WEBP_PIXELS:
            found.metadata_bytes[kind] += length


def _webp_parts(content: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    end = int.from_bytes(content[4:8], "little") + 8
    if end > len(content):
        raise Unsound("truncated", "the file ends before the length that it states")
    place = 12
    for _ in range(MOST_PARTS):
        if place + 8 > end:
            return
        kind, length = struct.unpack("<4sI", content[place : place + 8])
        if place + 8 + length > end:
            raise Unsound("truncated", "the file ends within a part")
        yield kind, place + 8, length
        place += 8 + length + length % 2
    raise Unsound("bomb", f"it has more than {MOST_PARTS} parts")


def _webp_size(kind: bytes, start: bytes) -> tuple[int, int]:
    if len(start) < 10:
        raise Unsound("unreadable", "its first part is too short")
    if kind == b"VP8X":
        return int.from_bytes(start[4:7], "little") + 1, int.from_bytes(start[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(start[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", start[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _survey_jpeg(content: mmap.mmap, found: Survey) -> None:
    for marker, start, length in _jpeg_parts(content):
        if marker in _JPEG_SIZES:
            found.height, found.width = struct.unpack(">HH", content[start + 1 : start + 5])
        elif 0xE0 <= marker <= 0xEF or marker == 0xFE:
            found.metadata_bytes[bytes([marker])] += length


def _jpeg_parts(content: mmap.mmap) -> Iterator[tuple[int, int, int]]:
    place = 2
    for _ in range(MOST_PARTS):
        # Decoders skip what stands between two parts, and so must whoever counts them.
        marked = _JPEG_MARKER.search(content, place)
        if marked is None:
            raise Unsound("truncated", "the file ends before the pixels")
        marker, place = content[marked.end() - 1], marked.end()
        if marker in {_JPEG_SCAN, _JPEG_END}:
            return
        if marker in _JPEG_ALONE:
            continue
        (length,) = struct.unpack(">H", content[place : place + 2])
        if place + length > len(content):
            raise Unsound("truncated", "the file ends within a part")
        yield marker, place + 2, length
        place += max(length, 2)
    raise Unsound("bomb", f"it has more than {MOST_PARTS} parts")
