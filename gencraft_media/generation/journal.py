"""A job's own story: its domain events and its progress, written under the job's row lock."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Avg, Exists, Q
from django.db.models.functions import Now

from gencraft_media.common.clock import from_now
from gencraft_media.common.models import DomainEvent
from gencraft_media.common.rows import insert_rows
from gencraft_media.generation.leases import fence_of
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
    "credits_charged",
    "cancel_requested_at",
)
_PROGRESS_EVERY = timedelta(seconds=1)


def locked_job(job_id: uuid.UUID) -> GenerationJob:
    """The job under its row lock; every change of its items, attempts, credits and events happens behind it."""
    return GenerationJob.objects.select_for_update(no_key=True).get(pk=job_id)


def lock_job(job: GenerationJob) -> GenerationJob:
    """Lock the row of a job read before, and bring what may have changed since up to date on it."""
    found = GenerationJob.objects.select_for_update(no_key=True).values(*_CHANGING).get(pk=job.pk)
    for name, value in found.items():
        setattr(job, name, value)
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
    GenerationJob.objects.filter(pk=job.pk).update(event_count=job.event_count)
    write_events(job)


def notify_dispatcher() -> None:
    """Wake the dispatcher once this transaction commits. Only a hint: due rows are found without it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [DUE_CHANNEL])


def report_progress(attempt: GenerationAttempt, item: GenerationItem | None, percent: int) -> None:
    """Raise the progress of one item, or of all the attempt serves, and so of its job.

    It never falls, and 100 is for settlement alone. The one item of a job that has no other is as far as its job.
    A worker that lost its lease reports nothing: the job may have ended meanwhile.
    """
    job = attempt.job
    held = Exists(GenerationAttempt.objects.filter(pk=attempt.pk, **fence_of(attempt)))
    overall = percent
    if job.batch_size > 1:
        scope: dict[str, Any] = (
            {"pk": item.pk} if item is not None else {"serving__attempt": attempt, "serving__live": True}
        )
        GenerationItem.objects.filter(held, progress__lt=percent, **scope).update(progress=percent)
        overall = int(GenerationItem.objects.filter(job=job).aggregate(mean=Avg("progress"))["mean"] or 0)
    overall = min(overall, 99)
    rising = GenerationJob.objects.filter(held, pk=job.pk, progress__lt=overall)
    if overall > (job.progress or 0) and rising.update(progress=overall):
        job.progress = overall
        if job.progress_event_at is None or attempt.claimed_at - job.progress_event_at > _PROGRESS_EVERY:
            _tell_progress(attempt)


def _tell_progress(attempt: GenerationAttempt) -> None:
    """One `job.progress` event a second at most; clients that want every step poll."""
    quiet = Q(progress_event_at__isnull=True) | Q(progress_event_at__lt=from_now(-_PROGRESS_EVERY.total_seconds()))
    with transaction.atomic():
        if not GenerationJob.objects.filter(quiet, pk=attempt.job_id).update(progress_event_at=Now()):
            return
        job = lock_job(attempt.job)
        tell(job, "job.progress")
        save_events(job)
