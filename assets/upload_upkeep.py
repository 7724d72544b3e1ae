"""The end of uploads: by their client, or by time; never while a job needs their bytes."""

import uuid

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Least, Now

from assets.errors import AssetError
from assets.models import MediaUpload, UploadState
from assets.storage import delete_object, store_of
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.logs import logger

log = logger(__name__)


def delete_upload(upload: MediaUpload) -> None:
    """Take an upload from its client's sight for good, and its bytes as soon as no job needs them.

    Where they cannot be removed now, housekeeping does it.
    """
    MediaUpload.objects.filter(pk=upload.pk).update(expires_at=Least("expires_at", Now()))
    _remove_if_due(upload.pk)


def expire_uploads(limit: int = 500) -> int:
    """Remove uploads whose time has passed by the database's clock, at most `limit`, and say how many went."""
    removed, last = 0, None
    while removed < limit:
        due = _due() if last is None else _due().filter(_after(last))
        page = list(due.order_by("expires_at", "id")[: limit - removed])
        if not page:
            break
        removed += sum(_remove_if_due(upload.pk) for upload in page)
        # On from here rather than from the start, where those that could not be removed still are.
        last = page[-1]
    return removed


def _due() -> QuerySet[MediaUpload]:
    return MediaUpload.objects.filter(Q(kept_until=None) | Q(kept_until__lte=Now()), expires_at__lte=Now())


def _after(last: MediaUpload) -> Q:
    return Q(expires_at__gt=last.expires_at) | Q(expires_at=last.expires_at, id__gt=last.pk)


def _remove_if_due(upload_id: uuid.UUID) -> bool:
    # One statement, as is the one of `extend_upload`: whichever comes second sees what the other did.
    if not _due().filter(pk=upload_id).update(state=UploadState.EXPIRED):
        return False
    upload = MediaUpload.objects.filter(pk=upload_id).first()
    if upload is None:
        return False
    try:
        _remove(upload)
    except (OSError, AssetError):
        # One object that cannot be removed must not keep the others; the next run tries again.
        log.exception("upload not removed", upload_id=str(upload_id))
        return False
    log.info("upload removed", upload_id=str(upload_id))
    return True


def _remove(upload: MediaUpload) -> None:
    """Objects first, then the row: a crash in between leaves a row that the next run finds."""
    store = store_of(upload.storage_backend, upload.s3_bucket)
    if store.is_remote and not connection.in_atomic_block:
        release_connection()
    for key in filter(None, (upload.key, upload.incoming_key)):
        delete_object(key, private=True, store=store)
    crashpoint("upload.objects_removed")
    MediaUpload.objects.filter(pk=upload.pk).delete()
