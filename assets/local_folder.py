"""A folder whose files appear whole or not at all, under a name nobody has, and stay after a power cut."""

import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CHUNK_BYTES = 1024 * 1024
# Below the root, so that a link to the final name stays on one file system; and one, so that a sweep is one listing.
_INCOMING = ".incoming"
_TRIES = 5


class LocalFolder:
    """The folder at `root`; what is in a private one only its owner may read."""

    def __init__(self, root: Path, *, private: bool) -> None:
        self.root = root
        self._file_mode = 0o600 if private else 0o644
        self._folder_mode = 0o700 if private else 0o755

    @contextmanager
    def incoming(self, source: Path) -> Iterator[tuple[Path, str]]:
        """A copy of `source` that is on disk but has no name of its own yet, with its SHA-256; gone after the block."""
        folder = self.root / _INCOMING
        self._make(folder)
        unfinished = folder / f"{uuid.uuid4().hex}.part"
        try:
            yield unfinished, self._copy(source, unfinished)
        finally:
            unfinished.unlink(missing_ok=True)

    def publish(self, unfinished: Path, target: Path) -> bool:
        """Give a finished copy its name, on disk. False if the name is taken: it stays with whoever has it."""
        for _ in range(_TRIES):
            try:
                self._make(target.parent)
                os.link(unfinished, target)
                self.sync(target.parent)
            except FileExistsError:
                return False
            except FileNotFoundError:
                # A concurrent removal took the folder, which had become empty.
                continue
            return True
        raise FileNotFoundError(f"the folder of {target} keeps disappearing")

    def remove(self, target: Path) -> None:
        """Unlink a file for good, and the folders that it leaves empty."""
        with suppress(FileNotFoundError):
            target.unlink()
            self.sync(target.parent)
        with suppress(OSError):
            for folder in target.parents:
                if folder == self.root:
                    break
                folder.rmdir()

    def sweep(self, older_than_s: float) -> int:
        """Remove unfinished copies of that age, and say how many there were."""
        newest = time.time() - older_than_s
        removed = 0
        for unfinished in (self.root / _INCOMING).glob("*.part"):
            with suppress(FileNotFoundError):
                if unfinished.stat().st_mtime <= newest:
                    unfinished.unlink()
                    removed += 1
        return removed

    def aged(self, older_than_s: float, *, prefix: str = "") -> Iterator[Path]:
        """Every finished file of that age, in the folder `prefix`."""
        for folder, below, names in os.walk(self.root / prefix):
            below[:] = [name for name in below if name != _INCOMING]
            yield from (path for name in names if self.is_aged(path := Path(folder, name), older_than_s))

    def is_aged(self, target: Path, older_than_s: float) -> bool:
        """Whether there is such a file of that age."""
        with suppress(FileNotFoundError):
            return target.stat().st_mtime <= time.time() - older_than_s
        return False

    def touch(self, target: Path) -> None:
        """Make a finished file as young as one just stored."""
        os.utime(target)

    def sync(self, folder: Path) -> None:
        """Put the names in a folder on disk."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _copy(self, source: Path, unfinished: Path) -> str:
        digest = hashlib.sha256()
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._file_mode)
        with source.open("rb") as reading, os.fdopen(descriptor, "wb") as writing:
            while chunk := reading.read(_CHUNK_BYTES):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        return digest.hexdigest()

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self.root:
            self._make(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=self._folder_mode, parents=folder == self.root)
            self.sync(folder.parent)
