"""What simulated jobs keep beside their id: the pictures they were sent, each under its digest, for a day."""

import contextlib
import os
import tempfile
import time
from pathlib import Path

from django.conf import settings

KEPT_FOR_S = 86_400
# The oldest go first when there is more.
ROOM_BYTES = 256 * 1024 * 1024


def keep(name: str, content: bytes) -> None:
    """Write `content` under its name, whole or not at all; what is there already is young again."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, place = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(place).replace(place_of(name))
    except OSError:
        Path(place).unlink(missing_ok=True)
        raise


def place_of(name: str) -> Path:
    """Where what has this name is kept, or would be."""
    return _folder() / name


def prune() -> None:
    """Remove what is older than a day, and the oldest of the rest where there is too much."""
    entries = []
    for path in _folder().iterdir():
        # Another process may be pruning, too.
        with contextlib.suppress(FileNotFoundError):
            entries.append((path.stat().st_mtime, path.stat().st_size, path))
    room, oldest = ROOM_BYTES, time.time() - KEPT_FOR_S
    for kept_at, size_bytes, path in sorted(entries, reverse=True):
        room -= size_bytes
        if kept_at < oldest or room < 0:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "sim"
