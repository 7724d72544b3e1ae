"""What the welcome page shows of the first picture."""

import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from assets.models import MediaAsset
from gencraft_media.generation.models import GenerationJob


@dataclass(frozen=True)
class FirstPicture:
    """The first run's picture, with the job that made it."""

    asset: MediaAsset
    job: GenerationJob

    @property
    def address(self) -> str:
        """Relative for what this engine serves itself: the page's policy allows its own origin alone."""
        return f"/{self.asset.s3_key}" if self.asset.storage_backend == "local" else self.asset.cdn_url

    @property
    def prompt(self) -> str:
        return str(self.job.params.get("prompt", ""))

    @property
    def original_format(self) -> str:
        return self.asset.original_mime_type.removeprefix("image/").upper() or "Original"

    @property
    def saved_percent(self) -> int:
        """How much smaller the stored picture is than what the provider sent."""
        return round(100 - 100 * self.asset.size / self.asset.original_size) if self.asset.original_size else 0

    @property
    def bar_width(self) -> int:
        """The stored picture's size on a scale on which the original's is 100."""
        return max(1, 100 - self.saved_percent)

    @property
    def seconds(self) -> float | None:
        """From the request to the stored picture."""
        if self.job.completed_at is None or self.job.created_at is None:
            return None
        return (self.job.completed_at - self.job.created_at).total_seconds()


def find_first_picture() -> FirstPicture | None:
    """The picture that the first run asked for, if it is there and was not deleted."""
    path = Path(settings.DATA_DIR) / "first-sample.json"
    if not path.exists():
        return None
    job = GenerationJob.objects.filter(pk=json.loads(path.read_text())["jobId"]).first()
    asset = MediaAsset.objects.filter(job_id=job.pk).order_by("created_at").first() if job else None
    return FirstPicture(asset, job) if job and asset else None


def is_first_picture_due() -> bool:
    """Whether the first run is still waiting for its picture."""
    folder = Path(settings.DATA_DIR)
    return (folder / "first-run.json").exists() and not (folder / "first-sample.json").exists()
