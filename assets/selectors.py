"""What a caller may see of the assets, and of what was uploaded."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from assets.errors import BadUpload, UploadNotReady
from assets.models import MediaAsset, MediaUpload, UploadSource, UploadState
from assets.ratings import rated
from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.selectors import project_for, visible_project_ids
from gencraft_media.common.errors import ObjectNotFound


def assets_of(caller: Caller, project_id: uuid.UUID | None = None) -> QuerySet[MediaAsset]:
    """The assets of one project, or of every project the caller sees. Raises `ObjectNotFound` for strangers."""
    assets = rated(MediaAsset.objects.prefetch_related("tag_rows"))
    if project_id is not None:
        return assets.filter(project=project_for(caller, project_id, write=False))
    return assets.filter(project_id__in=visible_project_ids(caller))


def get_asset(caller: Caller, asset_id: uuid.UUID) -> MediaAsset:
    """One asset. Raises `ObjectNotFound`, for strangers too: they must not learn that it is there."""
    asset = assets_of(caller).filter(pk=asset_id).first()
    if asset is None:
        raise ObjectNotFound("There is no such asset here.")
    return asset


def uploads_of(caller: Caller, project_id: uuid.UUID | None = None) -> QuerySet[MediaUpload]:
    """The uploads of one project, or of every project the caller sees, until they expire.

    Raises `ObjectNotFound` for strangers.
    """
    uploads = MediaUpload.objects.select_related("external_user").filter(expires_at__gt=Now())
    if project_id is not None:
        return uploads.filter(project=project_for(caller, project_id, write=False))
    return uploads.filter(project_id__in=visible_project_ids(caller))


def get_upload(caller: Caller, upload_id: uuid.UUID) -> MediaUpload:
    """One upload. Raises `ObjectNotFound`, for strangers and once it has expired."""
    upload = uploads_of(caller).filter(pk=upload_id).first()
    if upload is None:
        raise ObjectNotFound("There is no such upload here.")
    return upload


def get_ready_upload(project_id: uuid.UUID, upload_id: uuid.UUID) -> MediaUpload:
    """An upload of that project that may be used.

    Raises `ObjectNotFound` where there is none or it has expired, `UploadNotReady` while nobody has looked at it, and
    `BadUpload` where it was refused.
    """
    upload = MediaUpload.objects.filter(pk=upload_id, project_id=project_id, expires_at__gt=Now()).first()
    if upload is None:
        raise ObjectNotFound("There is no such upload here.")
    if upload.state == UploadState.PENDING:
        raise UploadNotReady
    if upload.state == UploadState.REFUSED:
        raise refusal_of(upload)
    return upload


def get_posted_upload(upload_id: uuid.UUID) -> MediaUpload:
    """A direct upload that has not expired, for whoever holds its form. Raises `ObjectNotFound`."""
    upload = MediaUpload.objects.filter(pk=upload_id, source=UploadSource.DIRECT, expires_at__gt=Now()).first()
    if upload is None:
        raise ObjectNotFound
    return upload


def refusal_of(upload: MediaUpload) -> BadUpload:
    """Why an upload was refused, as it was told at first."""
    error: Any = upload.error
    return BadUpload(error["reason"], error["detail"])
