"""Where bytes are kept: two local folders, one served to everybody, one never. Objects are written once."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from assets.errors import AssetError
from assets.local_folder import LocalFolder

BACKEND = "local"
# What stands in the specification's `s3_bucket` while objects lie in a local folder.
BUCKET = "local"
# No segment may begin with a dot: neither ".." nor the folder of unfinished objects has an address.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+")
_KEY_LENGTH = 500


class StorageConflict(AssetError):
    """Another object is already stored under this key; objects are never replaced."""

    code = "storage_conflict"


class StorageKeyRefused(AssetError):
    """This is not the key of an object."""

    code = "storage_key_refused"


class StoredObjectDamaged(AssetError):
    """The bytes to be stored are not those that were announced."""

    code = "stored_object_damaged"


class StoredObjectMissing(AssetError):
    """The object is not in the storage."""

    code = "stored_object_missing"


@dataclass(frozen=True)
class Stored:
    """One object that is safely on disk."""

    key: str
    size_bytes: int
    sha256: str


def store_file(path: Path, key: str, *, private: bool, sha256: str) -> Stored:
    """Keep the bytes of `path` under `key`, on disk when this returns.

    The same bytes under the same key again are a success. Raises `StorageConflict` when other bytes have the key, and
    `StoredObjectDamaged` when `path` does not have the announced hash.
    """
    folder, target = _place(key, private=private)
    if not target.exists():
        with folder.incoming(path) as (unfinished, found):
            if found != sha256:
                raise StoredObjectDamaged
            if folder.publish(unfinished, target):
                return Stored(key=key, size_bytes=unfinished.stat().st_size, sha256=sha256)
    if _sha256_of(target) != sha256:
        raise StorageConflict(f"Another object is already stored as {key}.")
    # As young as if stored now: the sweep of orphans leaves the caller the time to name it.
    folder.touch(target)
    # Whoever gave it the name may have died before this: success means that it survives a power cut.
    folder.sync(target.parent)
    return Stored(key=key, size_bytes=target.stat().st_size, sha256=sha256)


def open_private(key: str) -> BinaryIO:
    """A private object for reading. Raises `StoredObjectMissing`."""
    with private_path(key) as path:
        return path.open("rb")


@contextmanager
def private_path(key: str) -> Iterator[Path]:
    """A private object as a local file, for as long as the block runs. Raises `StoredObjectMissing`."""
    target = _place(key, private=True)[1]
    if not target.is_file():
        raise StoredObjectMissing(f"There is no object {key} in the storage.")
    yield target


def find_public_file(key: str) -> Path | None:
    """The file behind a public key; None for what is no key, or no object."""
    try:
        target = _place(key, private=False)[1]
    except StorageKeyRefused:
        return None
    return target if target.is_file() else None


def delete_object(key: str, *, private: bool) -> None:
    """Remove an object for good. One that is gone already is a success."""
    folder, target = _place(key, private=private)
    folder.remove(target)


def public_url(key: str) -> str:
    """The address at which the CDN, or this engine, gives a public object."""
    return f"{settings.CDN_URL}/{key}"


def sweep_unfinished(older_than_s: float = 3600) -> int:
    """Remove what crashed writers left unfinished, and say how many there were."""
    return sum(_folder(private=private).sweep(older_than_s) for private in (False, True))


def aged_keys(older_than_s: float, *, private: bool) -> Iterator[str]:
    """The keys of the objects stored that long ago."""
    folder = _folder(private=private)
    return (path.relative_to(folder.root).as_posix() for path in folder.aged(older_than_s))


def is_aged(key: str, older_than_s: float, *, private: bool) -> bool:
    """Whether there is such an object, stored that long ago."""
    folder, target = _place(key, private=private)
    return folder.is_aged(target, older_than_s)


def _place(key: str, *, private: bool) -> tuple[LocalFolder, Path]:
    if len(key) > _KEY_LENGTH or not _KEY.fullmatch(key):
        raise StorageKeyRefused
    folder = _folder(private=private)
    return folder, folder.root / key


def _folder(*, private: bool) -> LocalFolder:
    return LocalFolder(settings.PRIVATE_STORAGE_DIR if private else settings.MEDIA_STORAGE_DIR, private=private)


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
