"""What nobody speaks of any more: objects without an asset or upload, and temporary folders of workers that died."""

import itertools
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Q

from assets.errors import AssetError
from assets.keys import EXTENSIONS, INCOMING_PREFIX, PRIVATE_PREFIX, PUBLIC_PREFIX, UPLOAD_PREFIX
from assets.models import MediaAsset, MediaUpload, UploadState
from assets.storage import aged_keys, delete_object, is_aged
from gencraft_media.common.logs import logger

log = logger(__name__)

_DAY_S = 24 * 3600.0
_FOLDERS_AFTER_S = _DAY_S
_FOLDERS = ("landing-*", "picture-*")
_ASKED_AT_ONCE = 500
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PICTURE = rf"(?:_thumb\.webp|\.(?:{'|'.join(EXTENSIONS.values())}))"


@dataclass(frozen=True)
class _Kind:
    """Objects of one kind. Only what has the shape of a key of ours is ever removed.

    The shape's group is the id by which the object's asset or upload is looked for.
    """

    prefix: str
    shape: re.Pattern[str]
    older_than_s: float
    private: bool


_KINDS = (
    _Kind(PUBLIC_PREFIX, re.compile(rf"media/{_UUID}/{_UUID}/({_UUID}){_PICTURE}"), _DAY_S, private=False),
    # An attempt names its original before there is an asset, which cannot be seen from here: attempts end long before.
    _Kind(PRIVATE_PREFIX, re.compile(rf"originals/({_UUID})/{_UUID}/[^/]+"), 7 * _DAY_S, private=True),
    _Kind(UPLOAD_PREFIX, re.compile(rf"uploads/({_UUID})/[^/]+"), _DAY_S, private=True),
    _Kind(INCOMING_PREFIX, re.compile(rf"incoming/({_UUID})/[^/]+"), _DAY_S, private=True),
)


def sweep_orphans() -> int:
    """Remove objects of some age that no asset and no upload names, and say how many there were."""
    removed = 0
    for kind in _KINDS:
        for key in _orphans(kind):
            # A step that runs again may have stored it once more since it was listed, and be about to name it.
            if is_aged(key, kind.older_than_s, private=kind.private):
                removed += _remove(key, private=kind.private)
    return removed


def sweep_temporary_folders() -> int:
    """Remove the folders that killed steps left among the temporary files, and say how many there were."""
    newest = time.time() - _FOLDERS_AFTER_S
    removed = 0
    for path in itertools.chain.from_iterable(Path(tempfile.gettempdir()).glob(pattern) for pattern in _FOLDERS):
        try:
            facts = path.lstat()
            # The folder may be shared with other users and programs.
            if path.is_symlink() or not path.is_dir() or facts.st_uid != os.getuid() or facts.st_mtime > newest:
                continue
            shutil.rmtree(path)
        except OSError:
            log.exception("temporary folder not removed", path=str(path))
        else:
            log.info("temporary folder removed", path=str(path))
            removed += 1
    return removed


def _orphans(kind: _Kind) -> Iterator[str]:
    keys = aged_keys(kind.older_than_s, prefix=kind.prefix, private=kind.private)
    aged = ((key, match) for key in keys if (match := kind.shape.fullmatch(key)))
    while asked := {key: uuid.UUID(match[1]) for key, match in itertools.islice(aged, _ASKED_AT_ONCE)}:
        yield from sorted(_unnamed(kind, asked))


def _unnamed(kind: _Kind, asked: dict[str, uuid.UUID]) -> set[str]:
    if kind.prefix in {UPLOAD_PREFIX, INCOMING_PREFIX}:
        return asked.keys() - _named_by_their_uploads(asked)
    unnamed = asked.keys() - _named_by_their_assets(asked, private=kind.private)
    # The keys themselves have no index, so they are looked for only where the quick answer was no.
    return unnamed - _named_by_any_asset(unnamed, private=kind.private)


def _named_by_their_uploads(asked: dict[str, uuid.UUID]) -> set[str]:
    uploads = MediaUpload.objects.filter(pk__in=set(asked.values()))
    waiting = uploads.filter(state=UploadState.PENDING)
    return {*uploads.values_list("key", flat=True), *waiting.values_list("incoming_key", flat=True)}


def _named_by_their_assets(asked: dict[str, uuid.UUID], *, private: bool) -> set[str]:
    ids = set(asked.values())
    return _keys_of(Q(job_id__in=ids) if private else Q(pk__in=ids), private=private)


def _named_by_any_asset(keys: set[str], *, private: bool) -> set[str]:
    if not keys:
        return set()
    named = Q(original_key__in=keys) if private else Q(s3_key__in=keys) | Q(thumbnail_key__in=keys)
    return _keys_of(named, private=private)


def _keys_of(which: Q, *, private: bool) -> set[str]:
    columns = ("original_key",) if private else ("s3_key", "thumbnail_key")
    return set(itertools.chain.from_iterable(MediaAsset.objects.filter(which).values_list(*columns)))


def _remove(key: str, *, private: bool) -> bool:
    try:
        delete_object(key, private=private)
    except (OSError, AssetError):
        # One that cannot be removed must not keep the others; the next run tries again.
        log.exception("orphan not removed", key=key)
        return False
    log.info("orphan removed", key=key)
    return True
