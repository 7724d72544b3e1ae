"""How items, attempts and jobs end. Everything here runs in one transaction, behind the job's row lock."""

from collections.abc import Iterable
from typing import Any

from django.db.models.functions import Now

from billing.costs import book_provider_cost
from billing.ledger import resolve_hold
from billing.models import CostCertainty
from billing.quotas import resolve_outputs
from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.rows import update_row, update_rows
from gencraft_media.generation.errors import JobCanceled, error_json
from gencraft_media.generation.journal import notify_dispatcher, tell, write_events
from gencraft_media.generation.leases import fence_of
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.results import short_result
from gencraft_media.generation.states import TERMINAL, AttemptState, ItemStatus, JobStatus, transition


def move_attempt(
    attempt: GenerationAttempt, to: str, *, fenced: bool = True, due_in_s: float = 0.0, **changes: Any
) -> None:
    """Take the attempt to another state, giving its lease back; a stale fence raises `StaleTransition`."""
    if to in TERMINAL[AttemptState]:
        changes["finished_at"] = Now()
        update_rows(AttemptItem, {"live": False}, where={"attempt": attempt, "live": True})
    transition(
        attempt,
        to,
        kind=AttemptState,
        field="state",
        guard=fence_of(attempt) if fenced else None,
        lease_owner="",
        lease_until=None,
        hinted_at=None,
        claims=0,
        next_step_at=from_now(due_in_s),
        **changes,
    )
    if not due_in_s:
        # There is a next step, or a slot is free for somebody else's.
        notify_dispatcher()


def move_item(item: GenerationItem, to: str, **changes: Any) -> None:
    """Take the item to another status; raises `StaleTransition` when it has already ended."""
    if to in TERMINAL[ItemStatus]:
        changes["completed_at"] = Now()
    transition(item, to, kind=ItemStatus, field="status", **changes)


def open_items(attempt: GenerationAttempt) -> list[GenerationItem]:
    """The items an attempt serves that have not ended, in order."""
    return list(
        GenerationItem.objects.filter(
            serving__attempt=attempt, status__in=[ItemStatus.QUEUED, ItemStatus.PROCESSING]
        ).order_by("index")
    )


def requeue_items(items: Iterable[GenerationItem]) -> None:
    """Let items that were on their way wait for another attempt."""
    for item in items:
        if item.status == ItemStatus.PROCESSING:
            move_item(item, ItemStatus.QUEUED)


def fail_items(job: GenerationJob, items: Iterable[GenerationItem], error: GenCraftError) -> None:
    """End items without an output, uncharged."""
    for item in items:
        canceled = isinstance(error, JobCanceled)
        move_item(item, ItemStatus.CANCELED if canceled else ItemStatus.FAILED, error=error_json(error))
        tell(job, f"item.{item.status}", itemId=str(item.pk), index=item.index, error=item.error)


def book_cost(attempt: GenerationAttempt, certainty: CostCertainty, amount: Any = None) -> None:
    """Write down what the provider took for the attempt, or may have: `amount`, or what it said, or the quote."""
    told = attempt.quoted_cost if attempt.told_cost is None else attempt.told_cost
    book_provider_cost(
        attempt_id=attempt.pk,
        job_id=attempt.job_id,
        account_id=attempt.account_id,
        provider=attempt.provider,
        model=attempt.model,
        operation=attempt.operation,
        certainty=certainty,
        quoted=attempt.quoted_cost,
        amount=told if amount is None else amount,
    )


def end_job_if_done(job: GenerationJob, ended: GenerationItem | None = None) -> None:
    """Make the job terminal once every item is, and resolve its one hold in the same transaction.

    `ended` is the item that just ended, where it may be the job's only one.
    """
    if ended is not None and job.batch_size == 1:
        items = [ended]
    else:
        items = list(job.items.select_related("asset").order_by("index"))
    charged: dict[str, Any] = {
        "delivered_count": job.delivered_count,
        "delivered_total": job.delivered_total,
        "credits_charged": job.credits_charged,
    }
    if any(item.status not in TERMINAL[ItemStatus] for item in items):
        update_row(GenerationJob, job.pk, {"event_count": job.event_count, **charged})
        write_events(job)
        return
    status = _final_status(job, items)
    error = None if status == JobStatus.COMPLETED else next((item.error for item in items if item.error), None)
    result = _first_result(items) if job.delivered_count else None
    progress = 100 if status == JobStatus.COMPLETED else job.progress
    # Quota counters before the account, as at admission: one order of locks everywhere.
    resolve_outputs(job_id=job.pk, delivered=job.delivered_count)
    resolve_hold(job_id=job.pk, captured=job.credits_charged, project_id=job.project_id)
    job.status, job.progress = status, progress
    tell(
        job,
        f"job.{status}",
        delivered=job.delivered_count,
        creditsCharged=job.credits_charged,
        error=error,
        result=result,
    )
    transition(
        job,
        status,
        kind=JobStatus,
        field="status",
        completed_at=Now(),
        error=error,
        result=result,
        progress=progress,
        event_count=job.event_count,
        **charged,
    )
    write_events(job)


def _final_status(job: GenerationJob, items: list[GenerationItem]) -> JobStatus:
    if job.cancel_requested_at is not None and any(item.status == ItemStatus.CANCELED for item in items):
        return JobStatus.CANCELED
    return JobStatus.COMPLETED if job.delivered_count else JobStatus.FAILED


def _first_result(items: list[GenerationItem]) -> dict[str, Any] | None:
    first = next(item for item in items if item.status == ItemStatus.COMPLETED)
    return short_result(first.asset) if first.asset else None
