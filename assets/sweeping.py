"""What nobody speaks of any more: objects without an asset, and temporary folders of workers that died."""

import itertools
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Q

from assets.errors import AssetError
from assets.models import MediaAsset
from assets.storage import aged_keys, delete_object, is_aged
from gencraft_media.common.logs import logger

log = logger(__name__)

_PUBLIC_AFTER_S = 24 * 3600.0
# An attempt names its original before there is an asset, which cannot be seen from here: attempts end long before this.
_ORIGINALS_AFTER_S = 7 * 24 * 3600.0
_FOLDERS_AFTER_S = 24 * 3600.0
_FOLDERS = ("landing-*", "picture-*")
_ASKED_AT_ONCE = 500
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Only what has the shape of a key of ours is ever removed; the group is the id by which its asset is looked for.
_PUBLIC_KEY = re.compile(rf"media/{_UUID}/{_UUID}/({_UUID})(?:_thumb)?\.webp")
_ORIGINAL_KEY = re.compile(rf"originals/({_UUID})/{_UUID}/[^/]+")


def sweep_orphans() -> int:
    """Remove public objects and originals of some age that no asset names, and say how many there were."""
    removed = 0
    for private, older_than_s in ((False, _PUBLIC_AFTER_S), (True, _ORIGINALS_AFTER_S)):
        for key in _orphans(private=private, older_than_s=older_than_s):
            # A step that runs again may have stored it once more since it was listed, and be about to name it.
            if is_aged(key, older_than_s, private=private):
                removed += _remove(key, private=private)
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


def _orphans(*, private: bool, older_than_s: float) -> Iterator[str]:
    shape = _ORIGINAL_KEY if private else _PUBLIC_KEY
    aged = ((key, match) for key in aged_keys(older_than_s, private=private) if (match := shape.fullmatch(key)))
    while asked := {key: uuid.UUID(match[1]) for key, match in itertools.islice(aged, _ASKED_AT_ONCE)}:
        unnamed = asked.keys() - _named_by_their_assets(asked, private=private)
        # The keys themselves have no index, so they are looked for only where the quick answer was no.
        yield from sorted(unnamed - _named_by_any_asset(unnamed, private=private))


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
