"""Rows of jobs that ended, outputs, costs and ratings at times of the test's choice."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from assets.models import AssetRating, MediaAsset
from billing.models import MediaUsage, ProviderCost
from gencraft_media.accounts.models import Project
from gencraft_media.generation.models import GenerationJob

_counter = itertools.count(1)
# A while ago, and yet a day that is still added up from its hours.
NOON = datetime.now(UTC).replace(hour=12, minute=30, second=0, microsecond=0) - timedelta(days=3)


def make_job(
    project: Project,
    *,
    at: datetime = NOON,
    status: str = "completed",
    seconds: float = 10,
    provider: str = "openai",
    model: str = "gpt-image-1",
    **fields: Any,
) -> GenerationJob:
    """A job that ended `at`, `seconds` after it was asked for; one standard 1024² picture unless told otherwise."""
    params = {"width": 1024, "height": 1024, "quality": "standard", **fields.pop("params", {})}
    return GenerationJob.objects.create(
        user=project.owner,
        project=project,
        provider=provider,
        model=model,
        operation=fields.pop("operation", "text-to-image"),
        params=params,
        status=status,
        created_at=at - timedelta(seconds=seconds),
        completed_at=at,
        deadline_at=at + timedelta(minutes=15),
        quoted_total=fields.pop("quoted_total", Decimal("0.05")),
        quoted_provider_cost=Decimal("0.04"),
        payer_id=project.owner_id,
        **fields,
    )


def ended_at(job: GenerationJob) -> datetime:
    """When a job ended."""
    assert job.completed_at is not None
    return job.completed_at


def make_output(
    job: GenerationJob, *, at: datetime | None = None, cost: str = "0.05", credits: int = 5, **fields: Any
) -> MediaUsage:
    """One delivered output of a job."""
    return MediaUsage.objects.create(
        created_at=at or ended_at(job),
        user_id=job.user_id or uuid.uuid4(),
        project_id=job.project_id or uuid.uuid4(),
        job_id=job.pk,
        asset_id=uuid.uuid4(),
        item_id=uuid.uuid4(),
        provider=job.provider,
        model=job.model,
        operation=job.operation,
        cost=Decimal(cost),
        credits_used=credits,
        **fields,
    )


def make_cost(
    job: GenerationJob,
    *,
    at: datetime | None = None,
    quoted: str = "0.04",
    amount: str = "0.04",
    certainty: str = "confirmed",
) -> ProviderCost:
    """What the provider took for one attempt of a job."""
    return ProviderCost.objects.create(
        created_at=at or ended_at(job),
        attempt_id=uuid.uuid4(),
        job_id=job.pk,
        provider=job.provider,
        model=job.model,
        operation=job.operation,
        certainty=certainty,
        quoted=Decimal(quoted),
        amount=Decimal(amount),
    )


def make_asset(
    job: GenerationJob, *, size: int = 1000, original_size: int = 4000, backend: str = "local"
) -> MediaAsset:
    """A stored picture of a job."""
    number = next(_counter)
    return MediaAsset.objects.create(
        user_id=job.user_id,
        project_id=job.project_id,
        filename=f"{number}.webp",
        mime_type="image/webp",
        size=size,
        width=1024,
        height=1024,
        provider=job.provider,
        model=job.model,
        cost=Decimal("0.05"),
        s3_key=f"media/{number}.webp",
        s3_bucket="",
        cdn_url="",
        sha256="0" * 64,
        original_size=original_size,
        storage_backend=backend,
        job_id=job.pk,
    )


def make_rating(asset: MediaAsset, stars: int, *, at: datetime = NOON) -> AssetRating:
    """What somebody thinks of a picture."""
    return AssetRating.objects.create(
        asset=asset,
        project_id=asset.project_id or uuid.uuid4(),
        subject=f"user:{uuid.uuid4()}",
        stars=stars,
        provider=asset.provider,
        model=asset.model,
        rated_at=at,
    )
