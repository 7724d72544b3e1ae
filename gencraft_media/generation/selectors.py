"""Reading jobs, and what the engine's own history tells about time."""

import statistics
import time
import uuid

from django.db.models import Prefetch, QuerySet

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.selectors import visible_project_ids
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.states import AttemptState

_HISTORY_LENGTH = 50
_ENOUGH_HISTORY = 5
_REMEMBERED_FOR_S = 30.0
_measured: dict[tuple[str, str, str], tuple[float, float | None]] = {}


def visible_jobs(caller: Caller) -> QuerySet[GenerationJob]:
    """Every job of the projects the caller may read, with its items in order."""
    items = Prefetch(
        "items",
        queryset=GenerationItem.objects.select_related("asset").prefetch_related("asset__tag_rows").order_by("index"),
    )
    return (
        GenerationJob.objects.filter(project__in=visible_project_ids(caller))
        .select_related("external_user")
        .prefetch_related(items)
    )


def job_for(caller: Caller, job_id: uuid.UUID) -> GenerationJob:
    """The job, if the caller may see it. Raises `ObjectNotFound` for strangers as for jobs that never were."""
    job = visible_jobs(caller).filter(pk=job_id).first()
    if job is None:
        raise ObjectNotFound("There is no such job here.")
    return job


def measured_seconds(provider: str, model: str, operation: str) -> float | None:
    """The median time from submission to settlement of the model's latest outputs; None while there are too few."""
    key = (provider, model, operation)
    kept = _measured.get(key)
    if kept is None or time.monotonic() - kept[0] > _REMEMBERED_FOR_S:
        kept = (time.monotonic(), _median_of_history(*key))
        _measured[key] = kept
    return kept[1]


def _median_of_history(provider: str, model: str, operation: str) -> float | None:
    rows = (
        GenerationAttempt.objects.filter(
            provider=provider,
            model=model,
            operation=operation,
            state=AttemptState.SETTLED,
            submitted_at__isnull=False,
            finished_at__isnull=False,
        )
        .order_by("-created_at")
        .values_list("submitted_at", "finished_at")[:_HISTORY_LENGTH]
    )
    durations = [(finished - submitted).total_seconds() for submitted, finished in rows if finished and submitted]
    return statistics.median(durations) if len(durations) >= _ENOUGH_HISTORY else None
