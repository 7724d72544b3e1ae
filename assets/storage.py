"""Where bytes are kept: in S3 or R2 where a bucket is set, else in local folders. Objects are written once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.db import Error as AnyDatabaseError
from django.db import connection

from assets.errors import (
    StorageConflict,
    StorageElsewhere,
    StorageKeyRefused,
    StorageUnavailable,
    StoredObjectDamaged,
    StoredObjectMissing,
)
from assets.keys import find_asset_id
from assets.models import MediaAsset
from assets.objects import PublicObject, Store, Stored
from assets.storage_choice import (
    LOCAL,
    cdn_set_by,
    connection_as_found,
    current_choice,
    known_stores,
    settings_in_force,
)
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


def current_store() -> Store:
    """Where new objects go, as the dashboard or else the environment says; a change holds within a second."""
    return current_choice()


def store_of(backend: str, bucket: str) -> Store:
    """Where the objects of a row are, by either of its buckets: of this version of the settings, or of an older one.

    Raises `StorageElsewhere` if this engine was never set to use that storage.
    """
    for store in known_stores():
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
    with ExitStack() as kept:
        yield _found_private(key, kept)


def find_public_file(key: str) -> Path | None:
    """The local file behind a public key; None for what is no key, or no object in the local folder."""
    return LOCAL.find_public_file(key)


def find_public(key: str) -> PublicObject | None:
    """The public object of that key, to give away; None for what is no key, or no object."""
    # Settings are read for what does not lie here, and not for every picture of a small engine.
    found = LOCAL.find_public(key)
    if found is not None:
        return found
    store = current_store()
    if store.is_remote and (found := store.find_public(key)) is not None:
        return found
    keeper = _older_keeper(key, store)
    return keeper.find_public(key) if keeper is not None else None


def delete_object(key: str, *, private: bool, store: Store | None = None) -> None:
    """Remove an object for good. One that is gone already is a success.

    `store` is the one of the object's row; without, where new objects go.
    """
    if store is None:
        current_store().delete_object(key, private=private)
        return
    store.delete_object(key, private=private)
    if private:
        for other in _beside(store):
            other.delete_object(key, private=True)


def public_url(key: str) -> str:
    """The address at which the CDN, or this engine, gives a public object."""
    return f"{cdn_set_by(settings_in_force()).url}/{key}"


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


def _found_private(key: str, kept: ExitStack) -> Path:
    """Where it was stored may have been set otherwise since."""
    missing = StoredObjectMissing(f"There is no object {key} in the storage.")
    asked = set()
    for store in known_stores():
        if (store.backend, store.private_bucket) in asked:
            continue
        asked.add((store.backend, store.private_bucket))
        try:
            return kept.enter_context(store.private_path(key))
        except StoredObjectMissing as error:
            missing = error
    raise missing


def _beside(store: Store) -> Iterator[Store]:
    """Other places of originals that versions of the settings had beside the same public bucket."""
    asked = {store.private_bucket}
    for other in known_stores():
        if (other.backend, other.bucket) == (store.backend, store.bucket) and other.private_bucket not in asked:
            asked.add(other.private_bucket)
            yield other


def _older_keeper(key: str, current: Store) -> Store | None:
    """The bucket of before that has a public object, by its row: a stranger's wrong address asks no server."""
    asset_id = find_asset_id(key)
    try:
        older = any(store.is_remote and store.bucket != current.bucket for store in known_stores())
        if not older or asset_id is None:
            return None
        with connection_as_found():
            places = MediaAsset.objects.filter(pk=asset_id).values_list("storage_backend", "s3_bucket")
            place = places.first()
        return store_of(*place) if place is not None else None
    except StorageElsewhere:
        return None
    except AnyDatabaseError as error:
        raise StorageUnavailable from error
