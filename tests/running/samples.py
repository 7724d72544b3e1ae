"""A first picture as the first run leaves it, without running an engine."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from assets.models import MediaAsset
from gencraft_media.accounts.models import Project
from gencraft_media.console.first_run import FirstRun
from gencraft_media.generation.models import GenerationJob

THUMBHASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"


def make_first_picture(
    first_run: FirstRun, *, original_size: int = 1_500_000, size: int = 90_000, credits: int = 4
) -> MediaAsset:
    """A finished job with its asset, named by first-sample.json."""
    project = Project.objects.get(pk=first_run.projectId)
    now = timezone.now()
    job = GenerationJob.objects.create(
        user=project.owner,
        project=project,
        provider="sim",
        model="priced",
        operation="text-to-image",
        params={"prompt": "A quiet fjord at first light"},
        status="completed",
        progress=100,
        quoted_total=Decimal("0.04"),
        quoted_provider_cost=Decimal("0.04"),
        payer_id=project.owner_id,
        deadline_at=now + timedelta(minutes=15),
        credits_charged=credits,
        completed_at=now,
    )
    asset = MediaAsset.objects.create(
        user=project.owner,
        project=project,
        filename="a-quiet-fjord.webp",
        mime_type="image/webp",
        size=size,
        width=1024,
        height=1024,
        provider="sim",
        model="priced",
        cost=Decimal("0.04"),
        s3_key="media/u/p/a.webp",
        s3_bucket="local",
        cdn_url="http://testserver/media/u/p/a.webp",
        sha256="0" * 64,
        thumbhash=THUMBHASH,
        original_size=original_size,
        original_mime_type="image/png",
        job_id=job.pk,
    )
    (Path(settings.DATA_DIR) / "first-sample.json").write_text(json.dumps({"jobId": str(job.pk)}))
    return asset
