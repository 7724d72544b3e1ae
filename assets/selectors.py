"""What a caller may see of the assets."""

import uuid

from django.db.models import QuerySet

from assets.models import MediaAsset
from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.selectors import project_for, visible_project_ids
from gencraft_media.common.errors import ObjectNotFound


def assets_of(caller: Caller, project_id: uuid.UUID | None = None) -> QuerySet[MediaAsset]:
    """The assets of one project, or of every project the caller sees. Raises `ObjectNotFound` for strangers."""
    assets = MediaAsset.objects.prefetch_related("tag_rows")
    if project_id is not None:
        return assets.filter(project=project_for(caller, project_id, write=False))
    return assets.filter(project_id__in=visible_project_ids(caller))


def get_asset(caller: Caller, asset_id: uuid.UUID) -> MediaAsset:
    """One asset. Raises `ObjectNotFound`, for strangers too: they must not learn that it is there."""
    asset = assets_of(caller).filter(pk=asset_id).first()
    if asset is None:
        raise ObjectNotFound("There is no such asset here.")
    return asset
