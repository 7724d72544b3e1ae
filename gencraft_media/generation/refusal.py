"""How a submission that brings nothing ends: refused before it was taken, failed after, or lost for good."""

from decimal import Decimal

from django.db import transaction

from billing.models import CostCertainty
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.generation.endings import book_cost, end_job_if_done, fail_items, move_attempt, move_item
from gencraft_media.generation.errors import JobCanceled, error_json
from gencraft_media.generation.journal import lock_job, notify_dispatcher, save_events, tell
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.planning import MAX_TRIES, backoff_s, plan_attempts, same_serving
from gencraft_media.generation.states import AttemptState, ItemStatus
from providers.errors import OutcomeUnknown, ProviderError

log = logger(__name__)


def refuse_attempt(attempt: GenerationAttempt, error: GenCraftError, *, again: bool) -> None:
    """End an attempt that is known not to have been accepted; plan the next one when that may help."""
    _log_refusal(attempt, error)
    with transaction.atomic():
        job = lock_job(attempt.job)
        canceled = isinstance(error, JobCanceled)
        move_attempt(attempt, AttemptState.CANCELED if canceled else AttemptState.REJECTED, error=error_json(error))
        items = _open_items(attempt)
        if again and _may_try_again(job, attempt, error.retry_after_s):
            _plan_again(job, attempt, items, retry_after_s=error.retry_after_s)
            save_events(job)
        else:
            stopped = JobCanceled() if again and job.cancel_requested_at is not None else error
            fail_items(job, items, stopped)
            end_job_if_done(job)
        crashpoint("refusal.before_commit")
    crashpoint("refusal.committed")


def give_up_attempt(
    attempt: GenerationAttempt,
    error: GenCraftError,
    *,
    suspected: bool = False,
    cost: Decimal | None = None,
    to: AttemptState = AttemptState.FAILED,
) -> None:
    """End an attempt the provider took but that brought nothing: the client owes nothing, the cost is written down."""
    _log_refusal(attempt, error)
    with transaction.atomic():
        job = lock_job(attempt.job)
        move_attempt(attempt, to, error=error_json(error))
        book_cost(attempt, CostCertainty.SUSPECTED if suspected else CostCertainty.CONFIRMED, cost)
        fail_items(job, _open_items(attempt), error)
        end_job_if_done(job)
        crashpoint("giving_up.before_commit")
    crashpoint("giving_up.committed")


def lose_attempt(attempt: GenerationAttempt) -> None:
    """Nothing will ever tell whether the provider took it: the client is free, an operator gets a suspected cost."""
    give_up_attempt(attempt, OutcomeUnknown(), suspected=True, to=AttemptState.LOST)


def _open_items(attempt: GenerationAttempt) -> list[GenerationItem]:
    return list(
        GenerationItem.objects.filter(
            serving__attempt=attempt, status__in=[ItemStatus.QUEUED, ItemStatus.PROCESSING]
        ).order_by("index")
    )


def _may_try_again(job: GenerationJob, attempt: GenerationAttempt, retry_after_s: float | None) -> bool:
    """Whether another try can still begin in time: a provider that asks for more patience than is left ends the job."""
    left_s = (job.deadline_at - attempt.claimed_at).total_seconds()
    return attempt.tries < MAX_TRIES and job.cancel_requested_at is None and max(retry_after_s or 0.0, 0.0) < left_s


def _plan_again(
    job: GenerationJob, attempt: GenerationAttempt, items: list[GenerationItem], *, retry_after_s: float | None
) -> None:
    for item in items:
        if item.status == ItemStatus.PROCESSING:
            move_item(item, ItemStatus.QUEUED)
    delay_s = backoff_s(attempt.tries, retry_after_s)
    plan_attempts(
        job,
        items,
        serving=same_serving(attempt, outputs=len(items)),
        tries=attempt.tries + 1,
        delay_s=delay_s,
    )
    tell(job, "attempt.retry", attemptId=str(attempt.pk), tries=attempt.tries, delayS=round(delay_s, 1))
    notify_dispatcher()


def _log_refusal(attempt: GenerationAttempt, error: GenCraftError) -> None:
    vendor = {}
    if isinstance(error, ProviderError):
        vendor = {"vendor_code": error.vendor_code, "vendor_text": error.vendor_text}
    log.warning("attempt refused", attempt_id=str(attempt.pk), code=error.code, **vendor)
