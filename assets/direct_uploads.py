"""Uploads that a browser posts itself, by a form that is bound in key, type and size and ends after a quarter hour.

Where the storage takes such forms (S3) the bytes never pass through the engine; elsewhere the engine takes them.
"""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models.functions import Now

from assets.errors import BadUpload, StorageConflict, StoredObjectMissing, UploadNotReady
from assets.imaging.upload import require_size
from assets.keys import incoming_key
from assets.models import MediaUpload, UploadSource, UploadState
from assets.objects import Form
from assets.selectors import refusal_of
from assets.storage import current_store, delete_object, leave_database, store_file, store_of
from assets.uploads import keep_clean, name_for_people
from gencraft_media.common.clock import database_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import Conflict, FieldError, InvalidRequest, ObjectNotFound
from gencraft_media.common.logs import logger

log = logger(__name__)
FORM_VALID_S = 900
# What nobody says is complete goes sooner than what is.
_PENDING_S = 3600.0
_SIGNER = Signer(salt="assets.direct-upload")
_TYPE, _KEY, _POLICY = "Content-Type", "key", "policy"


def begin_direct_upload(
    *,
    user_id: uuid.UUID,
    project_id: uuid.UUID,
    external_user_id: uuid.UUID | None = None,
    declared_type: str,
    size: int,
    filename: str = "",
) -> tuple[MediaUpload, Form]:
    """A pending upload, and the form that takes one file of that type with at most `size` bytes.

    Raises `BadUpload` for a size that no upload may have.
    """
    require_size(size)
    store = current_store()
    upload = MediaUpload(
        user_id=user_id,
        project_id=project_id,
        external_user_id=external_user_id,
        state=UploadState.PENDING,
        source=UploadSource.DIRECT,
        filename=name_for_people(filename),
        declared_type=declared_type,
        declared_size=size,
        storage_backend=store.backend,
        s3_bucket=store.private_bucket,
        expires_at=database_now() + timedelta(seconds=min(_PENDING_S, settings.UPLOAD_RETENTION_S)),
    )
    upload.incoming_key = incoming_key(upload.pk)
    upload.save(force_insert=True)
    form = store.sign_form(upload.incoming_key, mime_type=declared_type, most_bytes=size, valid_s=FORM_VALID_S)
    return upload, form or _own_form(upload)


def receive_form(upload: MediaUpload, fields: Mapping[str, str], path: Path) -> None:
    """Keep, unlooked at, the file that came with the engine's own form.

    Raises `ObjectNotFound` without its signature, `InvalidRequest` for other fields than were signed, `BadUpload` for
    too many bytes, and `Conflict` when the form has expired or other bytes came before.
    """
    policy = _read_policy(upload, fields)
    errors = [
        FieldError(name, "This is not what was signed.")
        for name in sorted({*policy["fields"], *fields} - {_POLICY})
        if fields.get(name) != policy["fields"].get(name)
    ]
    if errors:
        raise InvalidRequest(errors=errors)
    if policy["until"] < database_now().timestamp() or upload.state != UploadState.PENDING:
        raise Conflict("This form has expired, or its upload is complete; begin another upload.")
    require_size(path.stat().st_size)
    if path.stat().st_size > policy["mostBytes"]:
        raise BadUpload("too_large", f"the form takes {policy['mostBytes']} bytes")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    leave_database()
    try:
        store_file(path, upload.incoming_key, private=True, sha256=sha256)
    except StorageConflict as error:
        raise Conflict("Another file was posted with this form before; begin another upload.") from error


def complete_direct_upload(upload: MediaUpload) -> MediaUpload:
    """Look at what was posted, keep it clean, and remove what came; again, the same answer.

    Raises `UploadNotReady` before anything was posted, and `BadUpload`, which the row then keeps.
    """
    if upload.state == UploadState.READY:
        return upload
    if upload.state == UploadState.REFUSED:
        raise refusal_of(upload)
    leave_database()
    try:
        columns = _judge(upload)
    except StoredObjectMissing:
        upload.refresh_from_db()
        if upload.state == UploadState.PENDING:
            raise UploadNotReady from None
        return complete_direct_upload(upload)
    MediaUpload.objects.filter(pk=upload.pk, state=UploadState.PENDING, expires_at__gt=Now()).update(**columns)
    crashpoint("upload.judged")
    _remove_incoming(upload)
    current = MediaUpload.objects.filter(pk=upload.pk).exclude(state=UploadState.PENDING).first()
    if current is None:
        raise ObjectNotFound("There is no such upload here.")
    return complete_direct_upload(current)


def _judge(upload: MediaUpload) -> dict[str, Any]:
    """The columns that say what the posted file is. Raises `StoredObjectMissing`."""
    store = store_of(upload.storage_backend, upload.s3_bucket)
    size_bytes = store.find_private_size(upload.incoming_key)
    if size_bytes is None:
        raise StoredObjectMissing
    try:
        require_size(size_bytes)
        with store.private_path(upload.incoming_key) as path:
            return keep_clean(upload.pk, path, declared_type=upload.declared_type)
    except BadUpload as error:
        return {"state": UploadState.REFUSED, "error": {"reason": error.reason, "detail": error.detail}}


def _remove_incoming(upload: MediaUpload) -> None:
    leave_database()
    try:
        delete_object(upload.incoming_key, private=True, store=store_of(upload.storage_backend, upload.s3_bucket))
    except OSError:
        # It goes with its upload, or with the orphans.
        log.exception("posted file not removed", upload_id=str(upload.pk))


def _own_form(upload: MediaUpload) -> Form:
    fields = {_KEY: upload.incoming_key, _TYPE: upload.declared_type}
    policy = {
        "fields": fields,
        "mostBytes": upload.declared_size,
        "until": database_now().timestamp() + FORM_VALID_S,
    }
    url = f"{settings.PUBLIC_URL}/api/media/uploads/{upload.pk}/file"
    return Form(url, {**fields, _POLICY: _SIGNER.sign_object(policy)})


def _read_policy(upload: MediaUpload, fields: Mapping[str, str]) -> dict[str, Any]:
    try:
        policy: dict[str, Any] = _SIGNER.unsign_object(fields.get(_POLICY, ""))
    except (BadSignature, ValueError) as error:
        raise ObjectNotFound from error
    # A form signed for another upload says nothing about this one.
    if policy["fields"][_KEY] != upload.incoming_key:
        raise ObjectNotFound
    return policy
