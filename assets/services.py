"""Changes of assets: store a picture, record it once, remove it with its bytes."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from assets.errors import AssetError
from assets.imaging.picture import MIME_TYPES, PictureFacts
from assets.keys import EXTENSIONS, asset_id_for, filename_for, rendition_key, thumbnail_key
from assets.models import AssetTag, MediaAsset
from assets.storage import Stored, delete_object, public_url, store_file, store_of
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.events import record_event
from gencraft_media.common.logs import logger
from gencraft_media.common.reading import Reading
from gencraft_media.common.rows import insert_rows

log = logger(__name__)
_RECORDED = Reading(MediaAsset, by=["item_id"])


@dataclass(frozen=True)
class Origin:
    """Whose picture it is and what it was made from: what a job says about all of its outputs."""

    job_id: uuid.UUID
    user_id: uuid.UUID
    project_id: uuid.UUID
    provider: str
    model: str
    prompt: str
    generation_params: Mapping[str, Any]
    external_user_id: uuid.UUID | None = None
    parent_asset_id: uuid.UUID | None = None
    tags: Sequence[str] = ()
    alt_text: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    expires_at: datetime | None = None


@dataclass(frozen=True)
class StoredPicture:
    """A picture whose public objects are stored, and which has no row yet."""

    asset_id: uuid.UUID
    facts: PictureFacts
    rendition: Stored
    thumbnail: Stored


def store_picture(facts: PictureFacts, *, item_id: uuid.UUID, origin: Origin) -> StoredPicture:
    """Store the web picture and its thumbnail under their public keys. Running again stores nothing new."""
    asset_id = asset_id_for(item_id, facts.picture_sha256)
    key = rendition_key(
        user_id=origin.user_id,
        project_id=origin.project_id,
        asset_id=asset_id,
        picture_format=facts.picture_format,
    )
    rendition = store_file(facts.picture_path, key, private=False, sha256=facts.picture_sha256)
    crashpoint("store.between")
    thumbnail = store_file(facts.thumbnail_path, thumbnail_key(key), private=False, sha256=facts.thumbnail_sha256)
    return StoredPicture(asset_id=asset_id, facts=facts, rendition=rendition, thumbnail=thumbnail)


def record_asset(
    *, item_id: uuid.UUID, picture: StoredPicture, origin: Origin, cost: Decimal, original_key: str
) -> MediaAsset:
    """The row of a stored picture, in the caller's transaction and behind the lock of its job.

    A second call for the same item gives the first row back, unchanged.

    `cost` is the price to the client, never what the provider took.
    """
    if not isinstance(cost, Decimal):
        raise TypeError("money is Decimal")
    recorded = _RECORDED.find(item_id)
    if recorded is not None:
        return recorded
    parent = _parent(origin)
    asset = MediaAsset(
        id=picture.asset_id,
        parent_asset=parent,
        version=1 + ((parent.version or 1) if parent else 0),
        item_id=item_id,
        cost=cost,
        original_key=original_key,
        filename=filename_for(origin.prompt, picture.asset_id, EXTENSIONS[picture.facts.picture_format]),
        **_columns_of_origin(origin),
        **_columns_of_picture(picture),
    )
    insert_rows([asset])
    insert_rows([AssetTag(asset=asset, tag=word) for word in dict.fromkeys(origin.tags)])
    return asset


def delete_asset(asset: MediaAsset, *, reason: str = "deleted") -> None:
    """Remove an asset's objects, then its row. Safe to run again after dying anywhere in between.

    Raises OSError when the storage does not answer, and `StorageElsewhere` when it is not the one set to be used.
    Usage and ledger rows stay: they name the asset by an opaque id.
    """
    store = store_of(asset.storage_backend, asset.s3_bucket)
    if store.is_remote and not connection.in_atomic_block:
        release_connection()
    for key in filter(None, (asset.s3_key, asset.thumbnail_key)):
        delete_object(key, private=False, store=store)
    if asset.original_key:
        delete_object(asset.original_key, private=True, store=store)
    crashpoint("expiry.objects_removed")
    with transaction.atomic():
        # Only who really removes the row tells about it.
        if MediaAsset.objects.select_for_update().filter(pk=asset.pk).first() is None:
            return
        record_event(
            subject_kind="asset",
            subject_id=asset.pk,
            number=1,
            type=f"asset.{reason}",
            payload={"assetId": str(asset.pk), "jobId": str(asset.job_id) if asset.job_id else None},
            project_id=asset.project_id,
        )
        MediaAsset.objects.filter(pk=asset.pk).delete()
        crashpoint("expiry.before_commit")
    crashpoint("expiry.committed")


def expire_assets(limit: int = 500) -> int:
    """Remove assets whose time has passed by the database's clock, at most `limit`, and say how many went."""
    due = MediaAsset.objects.filter(expires_at__lte=Now()).order_by("expires_at", "id")
    removed = 0
    page = list(due[:limit])
    while page:
        removed += sum(_expire(asset) for asset in page)
        # On from here rather than from the start, where those that could not be removed still are.
        last = page[-1]
        after = Q(expires_at__gt=last.expires_at) | Q(expires_at=last.expires_at, id__gt=last.pk)
        page = list(due.filter(after)[: limit - removed])
    return removed


def _expire(asset: MediaAsset) -> bool:
    try:
        delete_asset(asset, reason="expired")
    except (OSError, AssetError):
        # One object that cannot be removed must not keep the others; the next run tries again.
        log.exception("asset_not_removed", asset_id=str(asset.pk))
        return False
    log.info("asset expired", asset_id=str(asset.pk))
    return True


def _parent(origin: Origin) -> MediaAsset | None:
    """The asset this one was made of, unless it is gone by now."""
    if origin.parent_asset_id is None:
        return None
    return MediaAsset.objects.only("version").filter(pk=origin.parent_asset_id).first()


def _columns_of_origin(origin: Origin) -> dict[str, Any]:
    return {
        "job_id": origin.job_id,
        "user_id": origin.user_id,
        "project_id": origin.project_id,
        "external_user_id": origin.external_user_id,
        "provider": origin.provider,
        "model": origin.model,
        "generation_params": dict(origin.generation_params),
        "alt_text": origin.alt_text,
        "metadata": dict(origin.metadata),
        "expires_at": origin.expires_at,
    }


def _columns_of_picture(picture: StoredPicture) -> dict[str, Any]:
    facts = picture.facts
    return {
        "mime_type": MIME_TYPES[facts.picture_format],
        "size": picture.rendition.size_bytes,
        "sha256": picture.rendition.sha256,
        "s3_key": picture.rendition.key,
        "s3_bucket": picture.rendition.bucket,
        "storage_backend": picture.rendition.backend,
        "cdn_url": public_url(picture.rendition.key),
        "thumbnail_key": picture.thumbnail.key,
        "thumbnail_url": public_url(picture.thumbnail.key),
        "width": facts.width,
        "height": facts.height,
        "thumbhash": facts.thumbhash,
        "dominant_color": facts.dominant_color,
        "perceptual_hash": facts.perceptual_hash,
        "quality": dict(facts.quality),
        "quality_score": facts.quality_score,
        "original_mime_type": facts.mime_type,
        "original_size": facts.original_size,
    }
