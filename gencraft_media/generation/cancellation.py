"""Stopping a job: what was not sent ends free at once, what was sent is asked to stop and awaited."""

import uuid

from django.db import transaction
from django.db.models.functions import Now

from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.rows import Plus
from gencraft_media.generation.endings import end_job_if_done, fail_items, move_attempt
from gencraft_media.generation.errors import JobCanceled, JobFinished, error_json
from gencraft_media.generation.journal import locked_job, notify_dispatcher, tell
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.states import TERMINAL, AttemptState, ItemStatus, JobStatus


def cancel_job(job_id: uuid.UUID) -> GenerationJob:
    """Ask a job to stop. Asking again changes nothing; raises `JobFinished` when it has ended."""
    with transaction.atomic():
        job = locked_job(job_id)
        if job.status in TERMINAL[JobStatus]:
            raise JobFinished(f"The job is already {job.status}.")
        if job.cancel_requested_at is None:
            GenerationJob.objects.filter(pk=job.pk).update(cancel_requested_at=Now())
            job.refresh_from_db(fields=["cancel_requested_at"])
            tell(job, "job.cancel_requested")
            _end_unsent(job)
            GenerationAttempt.objects.filter(job=job, state=AttemptState.ACCEPTED).update(next_step_at=Now())
            notify_dispatcher()
            end_job_if_done(job)
            crashpoint("cancel.before_commit")
    crashpoint("cancel.committed")
    job.refresh_from_db()
    return job


def _end_unsent(job: GenerationJob) -> None:
    """Planned attempts end even under a lease: the raised fence stops the worker before it sends anything."""
    for attempt in GenerationAttempt.objects.select_for_update().filter(job=job, state=AttemptState.PLANNED):
        items = list(
            GenerationItem.objects.filter(
                serving__attempt=attempt, serving__live=True, status__in=[ItemStatus.QUEUED, ItemStatus.PROCESSING]
            )
        )
        move_attempt(attempt, AttemptState.CANCELED, fenced=False, fence=Plus(1), error=error_json(JobCanceled()))
        fail_items(job, items, JobCanceled())
