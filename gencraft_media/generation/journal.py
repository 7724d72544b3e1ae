"""A job's own story: its domain events and its progress, written under the job's row lock."""

import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Avg, Exists
from django.db.models.functions import Now

from gencraft_media.common.models import DomainEvent
from gencraft_media.common.reading import Reading
from gencraft_media.common.rows import column_value, insert_rows, update_row
from gencraft_media.generation.leases import OWNER, fence_of
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob

DUE_CHANNEL = "gencraft_due"
# Percent at which the first call of a job begins.
CALL_BEGINS = 10
# What other steps of the same job write while one is at work.
_CHANGING = (
    "status",
    "progress",
    "progress_event_at",
    "event_count",
    "delivered_count",
    "delivered_total",
    "credits_charged",
    "cancel_requested_at",
)
_FIXED = [field.name for field in GenerationJob._meta.concrete_fields if field.name not in {"id", *_CHANGING}]
_LOCKED = Reading(GenerationJob, by=["id"], without=_FIXED, lock="self")
# A worker that lost its lease reports nothing: the job may have ended meanwhile.
_RISING = """progress < %s AND EXISTS (
    SELECT 1 FROM media_generation_attempts AS held WHERE held.id = %s AND held.fence = %s AND held.lease_owner = %s
)"""
_PROGRESS_EVERY = timedelta(seconds=1)


def locked_job(job_id: uuid.UUID) -> GenerationJob:
    """The job under its row lock; every change of its items, attempts, credits and events happens behind it."""
    return GenerationJob.objects.select_for_update(no_key=True).get(pk=job_id)


def lock_job(job: GenerationJob) -> GenerationJob:
    """Lock the row of a job read before, and bring what may have changed since up to date on it."""
    found = _LOCKED.find(job.pk)
    if found is None:
        raise GenerationJob.DoesNotExist
    for name in _CHANGING:
        setattr(job, name, getattr(found, name))
    return job


def tell(job: GenerationJob, type: str, **payload: Any) -> None:
    """Add an event to the job's stream, to be written by `write_events` before the transaction ends."""
    job.event_count += 1
    job.pending_events.append(
        DomainEvent(
            subject_kind="job",
            subject_id=job.pk,
            number=job.event_count,
            type=type,
            project_id=job.project_id,
            payload={"jobId": str(job.pk), "status": job.status, "progress": job.progress, **payload},
        )
    )


def write_events(job: GenerationJob) -> None:
    """Write the events told since; the caller holds the job's lock and writes `event_count` with its own change."""
    insert_rows(job.pending_events)
    job.pending_events.clear()


def save_events(job: GenerationJob) -> None:
    """Write the events told since, and how many there are now."""
    update_row(GenerationJob, job.pk, {"event_count": job.event_count})
    write_events(job)


def notify_dispatcher() -> None:
    """Wake the dispatcher once this transaction commits. Only a hint: due rows are found without it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [DUE_CHANNEL])


def report_progress(attempt: GenerationAttempt, item: GenerationItem | None, percent: int) -> None:
    """Raise the progress of one item, or of all the attempt serves, and so of its job.

    It never falls, and 100 is for settlement alone. The one item of a job that has no other is as far as its job.
    """
    job = attempt.job
    overall = percent
    if job.batch_size > 1:
        held = Exists(GenerationAttempt.objects.filter(pk=attempt.pk, **fence_of(attempt)))
        scope: dict[str, Any] = (
            {"pk": item.pk} if item is not None else {"serving__attempt": attempt, "serving__live": True}
        )
        GenerationItem.objects.filter(held, progress__lt=percent, **scope).update(progress=percent)
        overall = int(GenerationItem.objects.filter(job=job).aggregate(mean=Avg("progress"))["mean"] or 0)
    overall = min(overall, 99)
    if overall <= (job.progress or 0):
        return
    if job.progress_event_at is None or _present(attempt) - job.progress_event_at > _PROGRESS_EVERY:
        _tell_progress(attempt, overall)
    elif _raise_progress(attempt, overall):
        job.progress = overall


def _tell_progress(attempt: GenerationAttempt, overall: int) -> None:
    """One `job.progress` event a second at most; clients that want every step poll."""
    with transaction.atomic():
        job = lock_job(attempt.job)
        known = job.progress
        if overall <= (known or 0):
            return
        job.progress = overall
        tell(job, "job.progress")
        if _raise_progress(attempt, overall, event_count=job.event_count, progress_event_at=Now()):
            job.progress_event_at = _present(attempt)
            write_events(job)
        else:
            job.progress = known
            job.event_count -= len(job.pending_events)
            job.pending_events.clear()


def _present(attempt: GenerationAttempt) -> datetime:
    """The database's time, as good as known since the claim."""
    return attempt.claimed_at + timedelta(seconds=time.monotonic() - attempt.claimed_monotonic_s)


def _raise_progress(attempt: GenerationAttempt, overall: int, **changes: Any) -> bool:
    held = column_value(GenerationAttempt, "id", attempt.pk), attempt.fence, OWNER
    return update_row(
        GenerationJob, attempt.job_id, {"progress": overall, **changes}, also=_RISING, also_values=(overall, *held)
    )
