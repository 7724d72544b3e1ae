"""Delivered outputs as jobs and events show them."""

import uuid
from typing import Any

from assets.models import MediaAsset
from assets.serializers import AssetMetadataSerializer
from assets.services import Origin
from gencraft_media.common.serializers import shown
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationJob
from providers.types import InputRole


def short_result(asset: MediaAsset) -> dict[str, Any]:
    """What a job row and an event keep of a result: addresses that never change."""
    return {"assetId": str(asset.pk), "cdnUrl": asset.cdn_url, "thumbnailUrl": asset.thumbnail_url}


def full_result(asset: MediaAsset) -> dict[str, Any]:
    """The specification's `result`, with the asset's metadata as it is now."""
    return {**short_result(asset), "metadata": shown(AssetMetadataSerializer, asset)}


def origin_of(job: GenerationJob, attempt: GenerationAttempt, row: AttemptItem) -> Origin:
    """Whose picture it is and what it was made from. The job's user and project are still there while it runs."""
    return Origin(
        job_id=job.pk,
        user_id=_present(job.user_id),
        project_id=_present(job.project_id),
        provider=attempt.provider,
        model=attempt.model,
        prompt=attempt.params["prompt"],
        generation_params={**attempt.params, "seed": row.seed if row.seed is not None else row.item.seed},
        external_user_id=job.external_user_id,
        parent_asset_id=_parent_of(job),
        tags=job.tags,
        alt_text=job.alt_text,
        metadata=job.metadata,
        expires_at=job.asset_expires_at,
    )


def _parent_of(job: GenerationJob) -> uuid.UUID | None:
    """The asset that was changed: the first image, where it was one."""
    for given in job.params.get("inputs", ()):
        if given["role"] == InputRole.IMAGE:
            return uuid.UUID(given["assetId"]) if "assetId" in given else None
    return None


def _present(value: uuid.UUID | None) -> uuid.UUID:
    if value is None:
        raise ValueError("a running job has a user and a project")
    return value
