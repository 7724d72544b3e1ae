"""What operators do by hand: run a failed job again, stop one, say what an unknown outcome cost. All audited."""

import uuid
from typing import Any

from django.db import transaction

from billing.costs import settle_suspected_cost
from billing.models import CostCertainty, ProviderCost
from gencraft_media.accounts.callers import Caller
from gencraft_media.common.actions import Action, register_action
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import Conflict
from gencraft_media.generation.admission import GenerationOrder, admit
from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.delivered_form import AskedForm
from gencraft_media.generation.errors import NothingToResolve
from gencraft_media.generation.inputs import inputs_of
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.routing.wishes import KeptWish, restored_wish, wish_for
from gencraft_media.generation.states import JobStatus
from providers.fitting import wanted_from_params


class JobNotRetryable(Conflict):
    """Only a job that failed or was canceled can be run again."""

    code = "job_not_retryable"


def retry_job(*, actor: Any, job_id: uuid.UUID, reason: str = "") -> GenerationJob:
    """Run a failed job again as a new job of the same request; the old one stays as it ended."""
    old = GenerationJob.objects.select_related("project", "user", "external_user").get(pk=job_id)
    if old.status not in {JobStatus.FAILED, JobStatus.CANCELED}:
        raise JobNotRetryable
    if old.user is None or old.project is None:
        raise JobNotRetryable("The job's user or project is gone.")
    kept = _request_of(old)
    order = GenerationOrder(
        operation=kept.operation,
        wanted=kept.wanted,
        strict=kept.strict,
        inputs=tuple(inputs_of(old)),
        wish=kept.wish,
        external_user_id=old.external_user.external_id if old.external_user else "",
        tags=tuple(old.tags),
        alt_text=old.alt_text,
        expires_at=old.asset_expires_at,
        form=AskedForm(old.picture_format, old.compression),
        metadata=old.metadata,
        # A form sent twice makes one job.
        idempotency_key=str(old.pk),
        idempotency_scope="operator",
        fingerprint="retry",
    )
    # Outside of a transaction, as hooks may be asked; who dies before the audit sends the form again.
    new = admit(caller=Caller.with_session(old.user), project=old.project, order=order).job
    record_audit(actor=actor, action="job.retry", target=old, after={"newJob": str(new.pk)}, reason=reason)
    return new


def _request_of(old: GenerationJob) -> KeptWish:
    """The request as the client made it where another model may serve it, else as it was fitted to its model."""
    if old.wish:
        return restored_wish(old.wish)
    wanted = wanted_from_params(old.params, count=old.batch_size)
    return KeptWish(wish_for(old.provider, old.model), old.operation, wanted, GenerationOrder.strict)


def cancel_by_operator(*, actor: Any, job_id: uuid.UUID, reason: str = "") -> GenerationJob:
    """Ask a job to stop, in the operator's name."""
    with transaction.atomic():
        job = cancel_job(job_id)
        record_audit(actor=actor, action="job.cancel", target=job, after={"status": job.status}, reason=reason)
    return job


def resolve_unknown(*, actor: Any, attempt_id: uuid.UUID, confirmed: bool, reason: str = "") -> ProviderCost:
    """Say whether the provider did take a lost attempt's cost. The client was released long before."""
    with transaction.atomic():
        attempt = GenerationAttempt.objects.get(pk=attempt_id)
        cost = (
            ProviderCost.objects.select_for_update()
            .filter(attempt_id=attempt.pk, certainty=CostCertainty.SUSPECTED, settled_by__isnull=True)
            .first()
        )
        if cost is None:
            raise NothingToResolve
        settled = settle_suspected_cost(cost, confirmed=confirmed, actor=actor, note=reason)
        record_audit(
            actor=actor, action="attempt.resolve_unknown", target=attempt, after={"confirmed": confirmed}, reason=reason
        )
    return settled


_CHANGE_JOB = "generation.change_generationjob"
register_action(Action("job.retry", "Run a failed job again", _CHANGE_JOB, retry_job))
register_action(Action("job.cancel", "Cancel a job", _CHANGE_JOB, cancel_by_operator))
register_action(
    Action(
        "attempt.resolve_unknown", "Resolve an unknown outcome", "generation.change_generationattempt", resolve_unknown
    )
)
