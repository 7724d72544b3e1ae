"""Steps 5 to 8: the intent is committed, one request goes out, and its answer has three ends."""

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack

from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now

from assets.errors import StorageUnavailable
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.generation import circuits, limits
from gencraft_media.generation.awaited_callbacks import until_next_look
from gencraft_media.generation.calls import adapter_of, opened_request, transport
from gencraft_media.generation.endings import move_attempt, move_item
from gencraft_media.generation.errors import DeadlineExceeded, JobCanceled
from gencraft_media.generation.holding import has_account, hold_back
from gencraft_media.generation.journal import CALL_BEGINS, lock_job, save_events, tell, write_events
from gencraft_media.generation.landing import land_outputs
from gencraft_media.generation.leases import fence_of
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationJob
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.previews import exchange
from gencraft_media.generation.refusal import give_up_attempt, lose_attempt, refuse_attempt
from gencraft_media.generation.states import AttemptState, ItemStatus, JobStatus, transition
from providers.base import ProviderAdapter
from providers.errors import (
    BrokenContract,
    Moderated,
    OutcomeUnknown,
    OutputLost,
    ProviderError,
    ProviderNotConfigured,
    Rejected,
    Unreachable,
)
from providers.types import Accepted, Finished, HttpRequest, Recovery, Refused

log = logger(__name__)
# A full disk that is being cleared, a database that restarts. The lease is renewed meanwhile.
_LAND_AGAIN_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)


def submit(attempt: GenerationAttempt) -> None:
    """Take a planned attempt to its provider: one paid request, or none."""
    stop = _reason_to_stop(attempt)
    if stop is not None:
        refuse_attempt(attempt, stop)
        return
    if not has_account(attempt):
        refuse_attempt(attempt, ProviderNotConfigured())
        return
    wait = limits.wait_ahead(attempt)
    if wait is not None:
        hold_back(attempt, wait)
        return
    served = served_items(attempt)
    with ExitStack() as opened:
        try:
            adapter = adapter_of(attempt)
            request = opened.enter_context(opened_request(attempt, served))
            http_request = adapter.build_submit(request)
            preparations = list(adapter.build_preparations(request))
        except StorageUnavailable:
            # The host's trouble; the step is due again soon.
            raise
        except GenCraftError as error:
            refuse_attempt(attempt, error)
            return
        if _prepared(attempt, adapter, preparations) and _intend(attempt, served, http_request):
            crashpoint("intent.committed")
            call(attempt, adapter, http_request)


def _prepared(attempt: GenerationAttempt, adapter: ProviderAdapter, preparations: Sequence[HttpRequest]) -> bool:
    """Whether the unpaid requests that come first were answered; where one was not, the attempt has been refused."""
    for preparation in preparations:
        release_connection()
        try:
            adapter.read_prepared(transport().send(adapter, preparation, account=attempt.account))
        except ProviderError as error:
            refuse_attempt(attempt, error)
            return False
    return True


def call(
    attempt: GenerationAttempt, adapter: ProviderAdapter, http_request: HttpRequest, *, repeated: bool = False
) -> None:
    """Send the one paid request of a submitting attempt and act on its answer, or on the lack of one.

    `repeated`: the same request under the same key went out before. A provider that is merely busy now says nothing
    about that first time, so only a verdict on the request itself counts as a refusal.
    """
    release_connection()
    try:
        outcome = exchange(attempt, adapter, http_request)
    except OutcomeUnknown as error:
        lose_answer(attempt, error)
        return
    except BrokenContract as error:
        give_up_attempt(attempt, error, suspected=True)
        return
    except ProviderError as error:
        outcome = Refused(error)
    match outcome:
        case Accepted():
            _accept(attempt, outcome)
        case Finished():
            _land_at_once(attempt, adapter, outcome)
        case Refused() if repeated and not isinstance(outcome.error, Rejected | Moderated):
            lose_answer(attempt, outcome.error)
        case Refused():
            refuse_attempt(attempt, outcome.error)


def _land_at_once(attempt: GenerationAttempt, adapter: ProviderAdapter, finished: Finished) -> None:
    """A provider that answers with its outputs is not asked again: they are held while this host cannot keep them."""
    for wait_s in (*_LAND_AGAIN_AFTER_S, None):
        try:
            land_outputs(attempt, adapter, finished.outputs, cost=finished.cost, job_id=finished.provider_job_id)
        except StorageUnavailable:
            # It was tried for a minute.
            break
        except (Unreachable, OSError, DatabaseError):
            log.warning("outputs not landed", attempt_id=str(attempt.pk), again_after_s=wait_s, exc_info=True)
            connection.close()
            if wait_s is not None:
                time.sleep(wait_s)
        else:
            circuits.note_answer(attempt)
            return
    give_up_attempt(attempt, OutputLost(), cost=finished.cost)


def lose_answer(attempt: GenerationAttempt, error: ProviderError) -> None:
    """The request went out and no answer came back: unknown, and with nothing to recover by, lost at once."""
    if attempt.recovery == Recovery.NONE:
        lose_attempt(attempt)
        circuits.note_failure(attempt, error)
        return
    with transaction.atomic():
        job = lock_job(attempt.job)
        due_in_s = 0.0 if attempt.provider_job_id else 0.5
        move_attempt(attempt, AttemptState.UNKNOWN, due_in_s=due_in_s, unknown_since=attempt.unknown_since or Now())
        tell(job, "attempt.unknown", attemptId=str(attempt.pk), reason=error.code)
        save_events(job)
        crashpoint("unknown.before_commit")
    crashpoint("unknown.committed")
    circuits.note_failure(attempt, error)


def _reason_to_stop(attempt: GenerationAttempt) -> GenCraftError | None:
    if attempt.job.cancel_requested_at is not None:
        return JobCanceled()
    if attempt.is_past_deadline:
        return DeadlineExceeded()
    return None


def _intend(attempt: GenerationAttempt, served: list[AttemptItem], http_request: HttpRequest) -> bool:
    """Commit that the request is about to go out. False: something keeps it back, and that has been seen to."""
    with transaction.atomic():
        wait = limits.wait_for_slot(attempt)
        if wait is None:
            begin_call(attempt, served, request_digest=_digest_of(http_request))
            crashpoint("intent.before_commit")
    if wait is not None:
        hold_back(attempt, wait)
        return False
    return True


def begin_call(attempt: GenerationAttempt, served: Sequence[AttemptItem], **changes: object) -> None:
    """The attempt, its items and its job as they are when the request is about to go out; in a transaction."""
    job = lock_job(attempt.job)
    move_into_call(attempt, **changes)
    for row in served:
        if row.item.status == ItemStatus.QUEUED:
            move_item(row.item, ItemStatus.PROCESSING, progress=max(row.item.progress, CALL_BEGINS))
    if job.status == JobStatus.QUEUED:
        _begin(job, attempt)


def _digest_of(http_request: HttpRequest) -> str:
    files = [(name, media.path.stat().st_size) for name, media in http_request.files or ()]
    told = [http_request.method, http_request.url, http_request.json, http_request.form, files]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _begin(job: GenerationJob, attempt: GenerationAttempt) -> None:
    """The job's first call is about to go out."""
    job.status, job.progress = JobStatus.PROCESSING, CALL_BEGINS // job.batch_size
    tell(job, "job.processing", provider=attempt.provider, model=attempt.model)
    transition(
        job,
        JobStatus.PROCESSING,
        kind=JobStatus,
        field="status",
        progress=job.progress,
        event_count=job.event_count,
        progress_event_at=Now(),
    )
    write_events(job)


def move_into_call(attempt: GenerationAttempt, **changes: object) -> None:
    """To SUBMITTING, keeping the lease: the caller sends the request right after the commit."""
    transition(
        attempt,
        AttemptState.SUBMITTING,
        kind=AttemptState,
        field="state",
        guard=fence_of(attempt),
        claims=1,
        submitted_at=Now(),
        submissions=attempt.submissions + 1,
        **changes,
    )


def _accept(attempt: GenerationAttempt, accepted: Accepted) -> None:
    crashpoint("accepted.before_commit")
    move_attempt(
        attempt,
        AttemptState.ACCEPTED,
        due_in_s=until_next_look(attempt, min(max(accepted.poll_after_s, 0.05), 60.0)),
        accepted_at=Now(),
        provider_job_id=accepted.provider_job_id,
        told_cost=accepted.cost,
        poll_url=accepted.poll_url,
    )
    crashpoint("accepted.committed")
    circuits.note_answer(attempt)
