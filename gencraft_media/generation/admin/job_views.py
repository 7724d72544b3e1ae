"""What is done from a job's page: run again, cancel, resolve; each asks first, and the same services do it."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from assets.keys import content_type_of
from assets.storage import StoredObjectMissing, leave_database, private_path
from gencraft_media.common import actions
from gencraft_media.common.audit import record_audit
from gencraft_media.common.confirming import ask_and_do
from gencraft_media.generation.admin.job_page import CHANGE_ATTEMPT, CHANGE_JOB
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationJob

# What a browser shows as a picture and runs nothing of.
_SHOWN = frozenset({"image/png", "image/jpeg", "image/webp", "image/avif"})


def page_of(job_id: uuid.UUID) -> str:
    """The address of a job's page."""
    return reverse("admin:generation_generationjob_change", args=[job_id])


def retry_view(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Run a failed job again, as a new one."""
    job = _job(request, job_id)

    def run(reason: str) -> str:
        new = actions.perform("job.retry", actor=request.user, job_id=job.pk, reason=reason)
        return f"It runs again as the job {new.pk}."

    question = "The same request is run again as a new job, and its owner pays for what that delivers."
    return ask_and_do(
        request,
        title="Run again",
        question=question,
        verb="Run again",
        run=run,
        back=page_of(job.pk),
        facts=_facts(job),
    )


def cancel_view(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Ask a job to stop."""
    job = _job(request, job_id)

    def run(reason: str) -> str:
        stopped = actions.perform("job.cancel", actor=request.user, job_id=job.pk, reason=reason)
        return f"The job was asked to stop; it is {stopped.status}."

    question = "What was not sent ends at once and costs nothing. What was sent is asked to stop and awaited."
    return ask_and_do(
        request,
        title="Cancel the job",
        question=question,
        verb="Cancel the job",
        run=run,
        back=page_of(job.pk),
        danger=True,
        facts=_facts(job),
    )


def resolve_view(request: HttpRequest, attempt_id: uuid.UUID, word: str) -> HttpResponse:
    """Say whether a provider took the cost of an attempt whose outcome stayed unknown."""
    if not request.user.has_perm(CHANGE_ATTEMPT):
        raise PermissionDenied
    attempt = get_object_or_404(GenerationAttempt.objects.select_related("account"), pk=attempt_id)
    taken = word == "taken"

    def run(reason: str) -> str:
        actions.perform(
            "attempt.resolve_unknown", actor=request.user, attempt_id=attempt.pk, confirmed=taken, reason=reason
        )
        return "The cost is booked as taken." if taken else "The suspected cost is dismissed."

    title = "The provider took the cost" if taken else "The provider took nothing"
    return ask_and_do(
        request,
        title=title,
        question="Look at the provider first: this is the last word on the cost. The client was freed long ago.",
        verb=title,
        run=run,
        back=page_of(attempt.job_id),
        facts={
            "Provider": attempt.provider,
            "Account": attempt.account.label if attempt.account else "—",
            "Sent at": attempt.submitted_at,
            "Expected cost (USD)": attempt.quoted_cost,
        },
    )


def original_view(request: HttpRequest, served_id: int) -> HttpResponseBase:
    """The bytes as a provider gave them: private, for operators alone, and each look is audited."""
    if not request.user.has_perm(CHANGE_JOB):
        raise PermissionDenied
    row = get_object_or_404(AttemptItem.objects.select_related("attempt"), pk=served_id)
    record_audit(actor=request.user, action="job.look_at_original", target=row, after={"item": str(row.item_id)})
    leave_database()
    try:
        with private_path(row.original_key) as path:
            # Open, it can be read although the copy of a remote object is gone with the block.
            opened = path.open("rb")
    except StoredObjectMissing as error:
        raise Http404 from error
    mime_type = content_type_of(row.original_key)
    answer = FileResponse(opened, content_type=mime_type, as_attachment=mime_type not in _SHOWN)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _job(request: HttpRequest, job_id: uuid.UUID) -> GenerationJob:
    if not request.user.has_perm(CHANGE_JOB):
        raise PermissionDenied
    return get_object_or_404(GenerationJob, pk=job_id)


def _facts(job: GenerationJob) -> dict[str, Any]:
    return {"Job": job.pk, "Status": job.status, "Model": f"{job.provider} {job.model}", "Outputs": job.batch_size}
