"""Which storage is in use: what the newest settings say, at most a second old, and where older ones put things."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.core.files.storage import storages
from django.db import Error as AnyDatabaseError
from django.db import connection

from assets.local_store import LocalStore
from assets.objects import Store
from assets.storage_models import CdnProvider, StorageKind, StorageSettings
from gencraft_media.common.logs import logger
from gencraft_media.common.versioned import current_settings

log = logger(__name__)
LOCAL = LocalStore()
_R2 = ".r2.cloudflarestorage.com"
Kept = TypeVar("Kept")
_last_read: StorageSettings | None = None
# By time.monotonic(): a database that is away is not asked for every picture.
_asked_again_at = 0.0


@dataclass(frozen=True)
class Cdn:
    """Who gives public objects to browsers, and what stands before a key in their addresses."""

    provider: str
    url: str


class _Remembered(Generic[Kept]):
    """What was made of the newest version, until there is a newer one."""

    def __init__(self) -> None:
        self._kept: tuple[object, Kept] | None = None

    def of(self, row: StorageSettings, make: Callable[[StorageSettings], Kept]) -> Kept:
        named, kept = (row.pk, row.created_at), self._kept
        if kept is None or kept[0] != named:
            kept = self._kept = (named, make(row))
        return kept[1]


_current: _Remembered[Store | None] = _Remembered()
_older: _Remembered[tuple[Store | None, ...]] = _Remembered()


def settings_in_force() -> StorageSettings:
    """The newest version, at most a second old; what was read last while the database does not answer."""
    global _last_read, _asked_again_at
    if time.monotonic() < _asked_again_at and not connection.in_atomic_block:
        return _last_read or StorageSettings(version=0)
    try:
        with connection_as_found():
            _last_read = current_settings(StorageSettings)
    except AnyDatabaseError:
        if connection.in_atomic_block:
            raise
        log.warning("storage settings not read", exc_info=True)
        _asked_again_at = time.monotonic() + settings.FRESH_FOR_S
        # Pictures are served and kept all the same: rows say where each object is.
        return _last_read or StorageSettings(version=0)
    return _last_read


@contextmanager
def connection_as_found() -> Iterator[None]:
    """Leave no connection open that was not open before: what is asked next is a server far away."""
    was_open = connection.connection is not None
    try:
        yield
    finally:
        if not was_open and not connection.in_atomic_block:
            connection.close()


def current_choice() -> Store:
    """The storage of new objects."""
    return _current.of(settings_in_force(), _named_store) or environments_store()


def known_stores() -> Iterator[Store]:
    """Every storage that an object may lie in, the newest first. Of a bucket named twice the newest has the keys."""
    row = settings_in_force()
    yield _current.of(row, _named_store) or environments_store()
    for store in _older.of(row, _stores_of_versions):
        yield store or environments_store()
    yield environments_store()
    yield LOCAL


def store_set_by(row: StorageSettings, *, hasty: bool = False) -> Store:
    """The storage that a version names. `hasty`: somebody waits for it, so that each request is made once."""
    return _named_store(row, hasty=hasty) or environments_store(hasty=hasty)


def environments_store(*, hasty: bool = False) -> Store:
    """The storage that the environment names: a bucket of S3, or the local folders."""
    if "pictures" not in settings.STORAGES:
        return LOCAL
    # Here and below, so that an engine with local folders carries no client of S3.
    from assets.bucket_clients import ASKED_ONCE
    from assets.object_store import ObjectStore
    from assets.write_once import WriteOnceStorage

    if not hasty:
        return ObjectStore(cast(Any, storages["pictures"]), cast(Any, storages["originals"]))
    entries = cast(dict[str, dict[str, Any]], settings.STORAGES)
    pictures, originals = (
        WriteOnceStorage(**entries[name]["OPTIONS"], waits=ASKED_ONCE) for name in ("pictures", "originals")
    )
    return ObjectStore(pictures, originals, patience_s=0.0)


def cdn_set_by(row: StorageSettings) -> Cdn:
    """Who gives the objects to browsers: what the version names, and for the environment's storage else CDN_URL."""
    if row.cdn_url:
        return Cdn(row.cdn_provider, row.cdn_url.rstrip("/"))
    if row.kind == StorageKind.ENVIRONMENT:
        return Cdn(settings.CDN_PROVIDER, settings.CDN_URL)
    return Cdn(CdnProvider.NONE, settings.PUBLIC_URL.rstrip("/"))


def _named_store(row: StorageSettings, *, hasty: bool = False) -> Store | None:
    """None: as the environment says."""
    if row.kind == StorageKind.LOCAL:
        return LOCAL
    if row.kind != StorageKind.S3:
        return None
    from assets.bucket_clients import ASKED_ONCE, PATIENT
    from assets.object_store import ObjectStore
    from assets.write_once import WriteOnceStorage

    endpoint = row.endpoint.rstrip("/")
    options = {
        "endpoint_url": endpoint or None,
        "region_name": row.region or ("auto" if endpoint.endswith(_R2) else "us-east-1"),
        "access_key": row.access_key or None,
        "secret_key": row.secret_key or None,
        # Who may change settings need not be who may have the engine ask around in its network.
        "guarded": not row.has_environments_server,
        "takes_forms": not endpoint.endswith(_R2),
        "named_by": "dashboard",
        "waits": ASKED_ONCE if hasty else PATIENT,
    }
    pictures = WriteOnceStorage(bucket_name=row.bucket, private=False, **options)
    originals = WriteOnceStorage(bucket_name=row.originals_bucket, private=True, **options)
    return ObjectStore(pictures, originals, patience_s=0.0 if hasty else None)


def _stores_of_versions(newest: StorageSettings) -> tuple[Store | None, ...]:
    """Of each pair of buckets the newest version's, in order."""
    if not newest.version:
        return ()
    older = StorageSettings.objects.filter(scope=newest.scope, version__lt=newest.version).order_by("-version")
    with connection_as_found():
        versions = list(older)
    found: dict[tuple[str, str, str], Store | None] = {}
    for row in versions:
        named = (row.kind, row.bucket, row.originals_bucket) if row.kind == StorageKind.S3 else (row.kind, "", "")
        if named not in found:
            found[named] = _named_store(row)
    return tuple(found.values())
