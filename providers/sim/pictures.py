"""The bytes of a simulated output: drawn in the image child, or broken in the way its script says."""

import functools
import struct
import threading
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path

from gencraft_media.common.bounded import BoundedUnavailable, run_bounded
from providers.sim.edits import NO_EDIT, find_edit
from providers.sim.jobs import SimJob

_MEMORY_BYTES = 1024 * 1024 * 1024
_CPU_S = 20
_WALL_S = 30.0
# 400 megapixels of nothing in some 50 kB, and a row wider than any decoder here will take.
_BOMB_SIZE = (20_000, 20_000)
_WIDE_SIZE = (65_536, 16)
_PAGE = b"<!doctype html><title>Sign in</title><p>Your session has expired.</p>"


_VARIANTS = {"blank", "placeholder", "photograph"}
_REMEMBERED_PICTURES, _REMEMBERED_BYTES = 8, 8 * 1024 * 1024
_remembered: "dict[_Wanted, bytes]" = {}
_remembering = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """Bytes and what the answer says they are, which is not always true."""

    content: bytes
    mime_type: str = "image/png"


def picture_of(job: SimJob, index: int, sink: Path) -> Picture:
    """Make output `index` of `job`, with `sink` as room for the child. Raises BoundedFailure when drawing fails."""
    match job.script.picture:
        case "bomb":
            return Picture(_empty_png(*_BOMB_SIZE))
        case "wide":
            return Picture(_empty_png(*_WIDE_SIZE))
        case "page":
            return Picture(_PAGE)
        case "truncated":
            whole = _drawn(_wanted(job, index), sink)
            return Picture(whole[: len(whole) // 2])
        case _:
            return Picture(_drawn(_wanted(job, index), sink))


@dataclass(frozen=True)
class _Wanted:
    """Everything a drawing depends on; `edit` is the digest of what was sent."""

    operation: str
    prompt: str
    seed: int
    width: int
    height: int
    variant: str
    edit: str


def _wanted(job: SimJob, index: int) -> _Wanted:
    divisor = 2 if job.script.picture == "halved" else 1
    # An edit without words must not be given any.
    prompt = f"{job.excerpt} {job.prompt_digest:08x}" if job.excerpt or not job.edit else ""
    return _Wanted(
        operation=job.operation,
        prompt=prompt,
        seed=job.seed_of(index),
        width=max(1, job.width // divisor),
        height=max(1, job.height // divisor),
        variant=job.script.picture if job.script.picture in _VARIANTS else "scene",
        edit=job.edit,
    )


def _drawn(wanted: _Wanted, sink: Path) -> bytes:
    """The same drawing is drawn once and remembered: whoever measures the engine need not pay for the painter."""
    with _remembering:
        known = _remembered.get(wanted)
    if known is not None:
        return known
    edit = find_edit(wanted.edit) if wanted.edit else NO_EDIT
    if edit is None:
        raise BoundedUnavailable("error", "the inputs are not here")
    run_bounded(
        "providers.sim.drawing:draw",
        {**asdict(wanted), **edit.as_drawn},
        inputs=edit.files,
        outputs=[sink],
        memory_bytes=_MEMORY_BYTES,
        cpu_s=_CPU_S,
        wall_s=_WALL_S,
        pixels=wanted.width * wanted.height,
    )
    content = sink.read_bytes()
    if len(content) > _REMEMBERED_BYTES:
        return content
    with _remembering:
        _remembered[wanted] = content
        while len(_remembered) > _REMEMBERED_PICTURES:
            _remembered.pop(next(iter(_remembered)))
    return content


@functools.lru_cache(maxsize=2)
def _empty_png(width: int, height: int) -> bytes:
    """A one-bit PNG of zeros, valid to the last byte, written row by row so that making it takes no memory."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    packed = b"".join([packer.compress(row) for _ in range(height)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
