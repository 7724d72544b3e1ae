"""Pictures that clients bring: taken from a file or an address, and kept clean for a while."""

import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Coalesce, Greatest, Now

from assets.errors import BadUpload, UploadsBusy
from assets.imaging.upload import clean_upload, too_large
from assets.keys import upload_key
from assets.models import MediaUpload, UploadSource, UploadState
from assets.storage import leave_database, store_file, store_of
from gencraft_media.common.clock import database_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.egress import (
    AnswerTooLarge,
    EgressFailed,
    Fetched,
    clients_policy,
    fetch_following,
)
from gencraft_media.common.errors import ObjectNotFound

FETCH_S = 10.0
_LONGEST_NAME = 255
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg"}
# Half of the threads that answer requests: slow addresses never keep everybody else waiting.
_FETCHES = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))


def take_upload(
    path: Path,
    *,
    user_id: uuid.UUID,
    project_id: uuid.UUID,
    external_user_id: uuid.UUID | None = None,
    declared_type: str = "",
    filename: str = "",
    source: str = UploadSource.MULTIPART,
) -> MediaUpload:
    """Clean the untrusted picture at `path` and keep it; it is ready when this returns.

    Nothing is stored of what is refused. Raises `BadUpload`, `BoundedUnavailable` and `StorageUnavailable`.
    """
    upload = MediaUpload(
        user_id=user_id,
        project_id=project_id,
        external_user_id=external_user_id,
        source=source,
        filename=name_for_people(filename),
        declared_type=declared_type[:100],
    )
    for name, value in keep_clean(upload.pk, path, declared_type=declared_type).items():
        setattr(upload, name, value)
    upload.save(force_insert=True)
    return upload


def take_address(
    url: str,
    *,
    user_id: uuid.UUID,
    project_id: uuid.UUID,
    external_user_id: uuid.UUID | None = None,
) -> MediaUpload:
    """Fetch a picture from a public address, in ten seconds and three redirects, and take it as `take_upload` does.

    Raises also `EgressRefused` and, when too many are being fetched, `UploadsBusy`; `TransactionHeld` inside a
    transaction.
    """
    release_connection()
    # Of what is no web address at all the library below would only say that it has no answer.
    clients_policy().target_of(url)
    with tempfile.TemporaryDirectory(prefix="picture-address-") as folder:
        path = Path(folder, "fetched")
        fetched = _fetch(url, path)
        return take_upload(
            path,
            user_id=user_id,
            project_id=project_id,
            external_user_id=external_user_id,
            declared_type=fetched.mime_type,
            filename=unquote(urlsplit(fetched.url).path),
            source=UploadSource.ADDRESS,
        )


def keep_clean(upload_id: uuid.UUID, path: Path, *, declared_type: str) -> dict[str, Any]:
    """Store the clean form of a picture; the columns that say so in its row. Raises as `take_upload` does."""
    leave_database()
    with tempfile.TemporaryDirectory(prefix="picture-upload-") as folder:
        clean = clean_upload(path, folder=Path(folder), declared_type=declared_type)
        key = upload_key(upload_id=upload_id, sha256=clean.sha256, extension=_EXTENSIONS[clean.mime_type])
        stored = store_file(clean.path, key, private=True, sha256=clean.sha256)
    crashpoint("upload.stored")
    return {
        "state": UploadState.READY,
        "mime_type": clean.mime_type,
        "size": clean.size_bytes,
        "sha256": clean.sha256,
        "width": clean.width,
        "height": clean.height,
        "has_alpha": clean.has_alpha,
        "key": stored.key,
        "storage_backend": stored.backend,
        "s3_bucket": stored.bucket,
        "expires_at": database_now() + timedelta(seconds=settings.UPLOAD_RETENTION_S),
    }


@contextmanager
def open_upload(upload: MediaUpload) -> Iterator[Path]:
    """The clean picture as a local file, for as long as the block runs.

    Raises `StoredObjectMissing`, `StorageUnavailable`, and `StorageElsewhere` where it was kept in another storage.
    """
    with store_of(upload.storage_backend, upload.s3_bucket).private_path(upload.key) as path:
        yield path


def extend_upload(upload_id: uuid.UUID, until: datetime) -> None:
    """Keep a ready upload's bytes until then at least, for a job that works with it; clients see it no longer for that.

    Raises `ObjectNotFound` once it has expired: from that moment on its bytes may be gone.
    """
    moment = Value(until, output_field=DateTimeField())
    kept = MediaUpload.objects.filter(Q(expires_at__gt=Now()) | Q(kept_until__gt=Now()), state=UploadState.READY)
    if not kept.filter(pk=upload_id).update(kept_until=Greatest(Coalesce("kept_until", moment), moment)):
        raise ObjectNotFound("There is no such upload here.")


def name_for_people(filename: str) -> str:
    """What a client calls its file, without folders and without characters that are not to be seen."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip()[:_LONGEST_NAME]


def _fetch(url: str, path: Path) -> Fetched:
    if not _FETCHES.acquire(blocking=False):
        raise UploadsBusy(retry_after_s=2)
    try:
        return fetch_following(
            url, path, max_bytes=settings.UPLOAD_FILE_BYTES, total_s=FETCH_S, policy=clients_policy()
        )
    except AnswerTooLarge as error:
        raise too_large() from error
    except EgressFailed as error:
        raise BadUpload("unreachable", error.message.rstrip(".")) from error
    finally:
        _FETCHES.release()
