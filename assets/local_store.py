"""Objects in two local folders, one served to everybody, one never."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from assets.errors import StorageConflict, StorageKeyRefused, StoredObjectDamaged, StoredObjectMissing
from assets.local_folder import LocalFolder
from assets.objects import PublicObject, Stored, check_key
from gencraft_media.common.readiness import check_storage


class LocalStore:
    """The folders `MEDIA_STORAGE_DIR` and `PRIVATE_STORAGE_DIR`."""

    backend = "local"
    # What stands in the specification's `s3_bucket` while objects lie in a local folder.
    bucket = private_bucket = "local"
    is_remote = False

    def store_file(self, path: Path, key: str, *, private: bool, sha256: str) -> Stored:
        """Copy, put on disk, and name by a link, which fails if the name is taken."""
        folder, target = self._place(key, private=private)
        if not target.exists():
            with folder.incoming(path) as (unfinished, found):
                if found != sha256:
                    raise StoredObjectDamaged
                if folder.publish(unfinished, target):
                    return self._stored(key, unfinished, sha256)
        if _sha256_of(target) != sha256:
            raise StorageConflict(f"Another object is already stored as {key}.")
        # As young as if stored now: the sweep of orphans leaves the caller the time to name it.
        folder.touch(target)
        # Whoever gave it the name may have died before this: success means that it survives a power cut.
        folder.sync(target.parent)
        return self._stored(key, target, sha256)

    @contextmanager
    def private_path(self, key: str) -> Iterator[Path]:
        """The object's own file."""
        target = self._place(key, private=True)[1]
        if not target.is_file():
            raise StoredObjectMissing(f"There is no object {key} in the storage.")
        yield target

    def find_private_size(self, key: str) -> int | None:
        """The size of the object's own file."""
        target = self._place(key, private=True)[1]
        return target.stat().st_size if target.is_file() else None

    def sign_form(self, key: str, *, mime_type: str, most_bytes: int, valid_s: int) -> None:
        """A folder takes nothing from strangers."""

    def find_public_file(self, key: str) -> Path | None:
        """The file behind a public key; None for what is no key, or no object."""
        try:
            target = self._place(key, private=False)[1]
        except StorageKeyRefused:
            return None
        return target if target.is_file() else None

    def find_public(self, key: str) -> PublicObject | None:
        """The object behind a public key, with a strong ETag: it is written once, so time and size name its bytes."""
        path = self.find_public_file(key)
        if path is None:
            return None
        facts = path.stat()
        etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'

        def open_at(start: int, length: int) -> BinaryIO:
            file = path.open("rb")
            file.seek(start)
            return file

        return PublicObject(key, facts.st_size, etag, facts.st_mtime, open_at)

    def delete_object(self, key: str, *, private: bool) -> None:
        """Remove the file, for good."""
        folder, target = self._place(key, private=private)
        folder.remove(target)

    def sweep_unfinished(self, older_than_s: float) -> int:
        """Remove copies that their writers never named."""
        return sum(_folder(private=private).sweep(older_than_s) for private in (False, True))

    def aged_keys(self, older_than_s: float, *, prefix: str, private: bool) -> Iterator[str]:
        """The keys of files of that age."""
        folder = _folder(private=private)
        return (path.relative_to(folder.root).as_posix() for path in folder.aged(older_than_s, prefix=prefix))

    def is_aged(self, key: str, older_than_s: float, *, private: bool) -> bool:
        """Whether there is such a file of that age."""
        folder, target = self._place(key, private=private)
        return folder.is_aged(target, older_than_s)

    def check(self) -> None:
        """A file can be written in both folders. Raises OSError."""
        check_storage()

    def _stored(self, key: str, path: Path, sha256: str) -> Stored:
        return Stored(key, path.stat().st_size, sha256, self.backend, self.bucket)

    def _place(self, key: str, *, private: bool) -> tuple[LocalFolder, Path]:
        folder = _folder(private=private)
        return folder, folder.root / check_key(key)


def _folder(*, private: bool) -> LocalFolder:
    return LocalFolder(settings.PRIVATE_STORAGE_DIR if private else settings.MEDIA_STORAGE_DIR, private=private)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
