"""A client's picture as the engine takes it in: untrusted file in, facts and one clean file out."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from assets.errors import BadUpload
from assets.imaging.picture import MIME_TYPES, USUAL_PIXELS, run_with_room
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable

_FAILURES = {
    "memory": ("bomb", "decoding it takes more memory than a picture of its size may"),
    "cpu": ("bomb", "decoding it takes more time than a picture of its size may"),
    "wall": ("bomb", "decoding it takes more time than a picture of its size may"),
    "crash": ("unreadable", "it makes the decoder fail"),
    "error": ("unreadable", "it makes the decoder fail"),
}
# What senders write for types of ours, and where they know none.
_TYPE_NAMES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png"}
_NO_TYPES = {"", "application/octet-stream", "binary/octet-stream"}


@dataclass(frozen=True)
class CleanPicture:
    """A client's picture without anything but its pixels: a PNG, or a JPEG where it came as one."""

    path: Path
    mime_type: str
    width: int
    height: int
    has_alpha: bool
    sha256: str
    size_bytes: int


def clean_upload(original: Path, *, folder: Path, declared_type: str = "") -> CleanPicture:
    """Decode one untrusted file in a bounded child and write it anew as `clean` into `folder`.

    Raises `BadUpload`, or `BoundedUnavailable` where the host is in trouble and nothing is known of the picture.
    `declared_type` is what its sender called it; nothing, and the type of any bytes, say nothing.
    """
    require_size(original.stat().st_size)
    arguments = {"declared_type": known_type(declared_type)}
    clean = folder / "clean"
    answer = _take_in(arguments, original, clean, USUAL_PIXELS)
    if "pixels" in answer:
        answer = _take_in(arguments, original, clean, answer["pixels"])
    if "refused" in answer:
        raise BadUpload(answer["refused"], answer["detail"])
    mime_type = MIME_TYPES[answer.pop("format")]
    with clean.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return CleanPicture(path=clean, mime_type=mime_type, sha256=sha256, size_bytes=clean.stat().st_size, **answer)


def require_size(size_bytes: int) -> None:
    """Raises `BadUpload` for a file that need not be opened."""
    if size_bytes == 0:
        raise BadUpload("not_an_image", "the file is empty")
    if size_bytes > settings.UPLOAD_FILE_BYTES:
        raise too_large()


def too_large() -> BadUpload:
    """The refusal of a file with more bytes than an upload may have."""
    return BadUpload("too_large", f"more than {settings.UPLOAD_FILE_BYTES // 1_048_576} MiB")


def known_type(declared_type: str) -> str:
    """A stated type in its one spelling, empty where it says nothing."""
    name = declared_type.partition(";")[0].strip().lower()
    return "" if name in _NO_TYPES else _TYPE_NAMES.get(name, name)


def _take_in(arguments: dict[str, Any], original: Path, clean: Path, pixels: int) -> dict[str, Any]:
    try:
        return run_with_room("assets.imaging.intake:take_in", arguments, original, [clean], pixels, 0)
    except BoundedUnavailable:
        raise
    except BoundedFailure as failure:
        reason, detail = _FAILURES[failure.reason]
        raise BadUpload(reason, detail) from failure
