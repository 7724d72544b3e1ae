"""The jobs of the last days, as a replay reads them: all of them, or a sample of a stated size."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import TextField
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from gencraft_media.generation.models import GenerationJob

DAYS = 30
# Some seconds of work; the error of a sum over so many is about one in a hundred.
MOST_JOBS = 5_000
_ALL_IDS = 2**128


@dataclass(frozen=True)
class PastJob:
    """What a job was, of what decides whether it would run again and at what cost."""

    id: uuid.UUID
    created_at: datetime
    project_id: uuid.UUID | None
    user_id: uuid.UUID | None
    external_user_id: uuid.UUID | None
    payer_id: uuid.UUID
    provider: str
    model: str
    operation: str
    params: Mapping[str, Any]
    # What the request said of who shall make it; None: nobody wrote it down.
    requested: Mapping[str, Any] | None
    # What it said of quality and size, and whether what it said is known at all.
    said_quality: str | None
    said_width: int | None
    said_height: int | None
    wished_operation: str | None
    receipt_text: str
    batch_size: int
    delivered_count: int
    quoted_total: Decimal
    quoted_provider_cost: Decimal

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """The models of its receipt, with the parts of their scores. Few jobs are asked, so it is read then."""
        found: list[dict[str, Any]] = json.loads(self.receipt_text).get("candidates", [])
        return found

    @property
    def requester(self) -> str:
        """Whose quota it counted against."""
        return f"external:{self.external_user_id}" if self.external_user_id else f"user:{self.user_id}"


@dataclass(frozen=True)
class PastJobs:
    """The jobs, oldest first, and how many there were in all."""

    rows: list[PastJob]
    total: int

    @property
    def weight(self) -> Decimal:
        """How many jobs each of them stands for."""
        return Decimal(self.total) / len(self.rows) if self.rows else Decimal(1)

    def of_all(self, amount: Decimal) -> Decimal:
        """A sum over these jobs, for all that they stand for. Multiplied first: `weight` may be rounded already."""
        return amount * self.total / len(self.rows) if self.rows else amount


def past_jobs(now: datetime, *, most: int = MOST_JOBS) -> PastJobs:
    """The jobs of the 30 days before `now`. Where there are more than `most`, about so many of them.

    Ids are random, so those below a bound are a fair sample, and the same one as long as no job is added.
    """
    jobs = GenerationJob.objects.filter(created_at__gte=now - timedelta(days=DAYS), created_at__lte=now)
    total = jobs.count()
    if total > most:
        jobs = jobs.filter(id__lt=uuid.UUID(int=_ALL_IDS * most // total))
    wanted = KeyTransform("wanted", "wish")
    jobs = jobs.annotate(
        requested=KeyTransform("requested", "receipt"),
        said_quality=KeyTransform("quality", wanted),
        said_width=KeyTransform("width", wanted),
        said_height=KeyTransform("height", wanted),
        wished_operation=KeyTransform("operation", "wish"),
        receipt_text=Cast("receipt", TextField()),
    )
    names = list(PastJob.__dataclass_fields__)
    rows = [PastJob(*values) for values in jobs.order_by("created_at", "id").values_list(*names)]
    return PastJobs(rows, total)
