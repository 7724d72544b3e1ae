"""Where bytes are kept: in S3 or R2 where S3_BUCKET names a bucket, else in local folders. Objects are written once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from assets.errors import (
    StorageConflict,
    StorageElsewhere,
    StorageKeyRefused,
    StorageUnavailable,
    StoredObjectDamaged,
    StoredObjectMissing,
)
from assets.local_store import LocalStore
from assets.objects import PublicObject, Store, Stored
from gencraft_media.common.database import release_connection

__all__ = [
    "StorageConflict",
    "StorageElsewhere",
    "StorageKeyRefused",
    "StorageUnavailable",
    "Store",
    "Stored",
    "StoredObjectDamaged",
    "StoredObjectMissing",
]

_LOCAL = LocalStore()


def current_store() -> Store:
    """Where new objects go."""
    if "pictures" not in settings.STORAGES:
        return _LOCAL
    # Here, so that an engine with local folders carries no client of S3.
    from assets.object_store import ObjectStore

    return ObjectStore(cast(Any, storages["pictures"]), cast(Any, storages["originals"]))


def store_of(backend: str, bucket: str) -> Store:
    """Where the objects of a row are, by either of its buckets.

    Raises `StorageElsewhere` if this engine is not set to use that storage.
    """
    for store in (_LOCAL, current_store()):
        if store.backend == backend and bucket in (store.bucket, store.private_bucket):
            return store
    raise StorageElsewhere(f"The object lies in the {backend} storage {bucket}, which this engine is not set to use.")


def store_file(path: Path, key: str, *, private: bool, sha256: str) -> Stored:
    """Keep the bytes of `path` under `key`, safely stored when this returns.

    The same bytes under the same key again are a success. Raises `StorageConflict` when other bytes have the key,
    `StoredObjectDamaged` when `path` does not have the announced hash, and OSError when it may be tried again.
    """
    return current_store().store_file(path, key, private=private, sha256=sha256)


@contextmanager
def private_path(key: str) -> Iterator[Path]:
    """A private object as a local file, for as long as the block runs. Raises `StoredObjectMissing`."""
    store = current_store()
    with ExitStack() as kept:
        try:
            path = kept.enter_context(store.private_path(key))
        except StoredObjectMissing:
            if not store.is_remote:
                raise
            # Stored before the engine was given a bucket.
            path = kept.enter_context(_LOCAL.private_path(key))
        yield path


def find_public_file(key: str) -> Path | None:
    """The local file behind a public key; None for what is no key, or no object in the local folder."""
    return _LOCAL.find_public_file(key)


def find_public(key: str) -> PublicObject | None:
    """The public object of that key, to give away; None for what is no key, or no object."""
    found, store = _LOCAL.find_public(key), current_store()
    return store.find_public(key) if found is None and store.is_remote else found


def delete_object(key: str, *, private: bool, store: Store | None = None) -> None:
    """Remove an object for good. One that is gone already is a success."""
    (store or current_store()).delete_object(key, private=private)


def public_url(key: str) -> str:
    """The address at which the CDN, or this engine, gives a public object."""
    return f"{settings.CDN_URL}/{key}"


def sweep_unfinished(older_than_s: float = 3600) -> int:
    """Remove what crashed writers left unfinished, and say how many there were."""
    return current_store().sweep_unfinished(older_than_s)


def aged_keys(older_than_s: float, *, prefix: str, private: bool) -> Iterator[str]:
    """The keys of the objects stored that long ago, of those that begin with `prefix`."""
    return current_store().aged_keys(older_than_s, prefix=prefix, private=private)


def is_aged(key: str, older_than_s: float, *, private: bool) -> bool:
    """Whether there is such an object, stored that long ago."""
    return current_store().is_aged(key, older_than_s, private=private)


def leave_database() -> None:
    """Give the database connection back before the storage or a child is waited for.

    Raises `TransactionHeld` where the storage is asked over HTTP and a transaction is open.
    """
    if current_store().is_remote or not connection.in_atomic_block:
        release_connection()


def check_reachable() -> None:
    """Objects can be stored now. Raises OSError."""
    current_store().check()
