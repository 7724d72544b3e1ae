"""Step 8: ask the provider how an accepted job is doing; no worker waits between two ticks."""

from decimal import Decimal

from django.db.models.functions import Now

from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.database import release_connection
from gencraft_media.generation import circuits
from gencraft_media.generation.awaited_callbacks import until_next_look
from gencraft_media.generation.calls import adapter_of, transport
from gencraft_media.generation.errors import JobCanceled, ProviderSilent
from gencraft_media.generation.journal import report_progress
from gencraft_media.generation.landing import land_outputs
from gencraft_media.generation.leases import fence_of, release
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.refusal import give_up_attempt
from gencraft_media.generation.states import AttemptState
from providers.base import ProviderAdapter
from providers.errors import BrokenContract, ModelUnknown, OutputLost, ProviderError, ProviderNotConfigured, Rejected
from providers.types import HttpAnswer, HttpRequest, Progress, RemoteState

_TROUBLE_WAIT_S = 2.0
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.05, 60.0
_CALL_SHARE, _PROVIDER_SHARE = 10, 40


def poll(attempt: GenerationAttempt) -> None:
    """One tick: pass a wanted cancel on, read the provider's state, act on it."""
    try:
        adapter = adapter_of(attempt)
    except (ModelUnknown, ProviderNotConfigured):
        _wait_for_configuration(attempt)
        return
    if _cancel_is_taken(attempt, adapter):
        give_up_attempt(attempt, JobCanceled(), cost=Decimal(0), to=AttemptState.CANCELED)
        return
    crashpoint("poll.before_call")
    release_connection()
    try:
        request = adapter.build_poll(attempt.provider_job_id, attempt.poll_url)
        answer = transport().send(adapter, request, account=attempt.account)
        crashpoint("poll.answered")
        progress = adapter.parse_progress(answer)
        _act(attempt, adapter, answer, progress)
    except OutputLost as error:
        give_up_attempt(attempt, error)
    except BrokenContract as error:
        give_up_attempt(attempt, error, suspected=True)
    except ProviderError as error:
        _wait_or_give_up(attempt, adapter, error)


def _act(attempt: GenerationAttempt, adapter: ProviderAdapter, answer: HttpAnswer, progress: Progress) -> None:
    match progress.state:
        case RemoteState.SUCCEEDED:
            _land(attempt, adapter, answer, progress)
        case RemoteState.FAILED:
            # A provider that says what a failed job cost is believed; one that does not took nothing.
            give_up_attempt(attempt, progress.error or Rejected(), cost=progress.cost or Decimal(0))
        case RemoteState.CANCELED:
            give_up_attempt(attempt, JobCanceled(), cost=progress.cost or Decimal(0), to=AttemptState.CANCELED)
        case _ if _is_overdue(attempt, adapter):
            give_up_attempt(attempt, ProviderSilent(), suspected=True)
        case _:
            if progress.fraction is not None:
                within = min(max(progress.fraction, 0.0), 1.0)
                report_progress(attempt, None, _CALL_SHARE + int(_PROVIDER_SHARE * within))
            release(attempt, due_in_s=until_next_look(attempt, _sensible(progress.poll_after_s)))


def _land(attempt: GenerationAttempt, adapter: ProviderAdapter, answer: HttpAnswer, progress: Progress) -> None:
    """The provider says it is done, so what it took is sure, whatever becomes of the outputs."""
    try:
        land_outputs(attempt, adapter, adapter.parse_outputs(answer), cost=progress.cost)
    except ProviderError as error:
        if error.retryable and not _is_overdue(attempt, adapter):
            raise
        give_up_attempt(attempt, error, cost=progress.cost)
    else:
        circuits.note_answer(attempt)


def _sensible(wait_s: float) -> float:
    """A provider's wish for the next look, within what a waiting client can bear."""
    # The order matters for a wait that is no number: it becomes the longest.
    return max(min(_LONGEST_WAIT_S, wait_s), _SHORTEST_WAIT_S)


def _wait_or_give_up(attempt: GenerationAttempt, adapter: ProviderAdapter, error: ProviderError) -> None:
    """Reads are safe to repeat: trouble on a poll is waited out until the provider's own deadline."""
    if error.retryable and not _is_overdue(attempt, adapter):
        release(attempt, due_in_s=_sensible(error.retry_after_s or _TROUBLE_WAIT_S))
    elif error.retryable:
        give_up_attempt(attempt, ProviderSilent(), suspected=True)
    else:
        give_up_attempt(attempt, error, suspected=True)


def _wait_for_configuration(attempt: GenerationAttempt) -> None:
    """Model or account were removed while the provider works; they may be put back before its time is over."""
    if _is_overdue(attempt, ProviderAdapter):
        give_up_attempt(attempt, ProviderSilent(), suspected=True)
    else:
        release(attempt, due_in_s=_TROUBLE_WAIT_S)


def _is_overdue(attempt: GenerationAttempt, adapter: ProviderAdapter | type[ProviderAdapter]) -> bool:
    if attempt.accepted_at is None:
        return False
    return (attempt.claimed_at - attempt.accepted_at).total_seconds() > adapter.give_up_after_s


def _cancel_is_taken(attempt: GenerationAttempt, adapter: ProviderAdapter) -> bool:
    """Pass a wanted cancel on. True when the provider says that nothing more will come."""
    if attempt.job.cancel_requested_at is None or attempt.cancel_sent_at is not None:
        return False
    request = adapter.build_cancel(attempt.provider_job_id)
    canceled = request is not None and _send_cancel(attempt, adapter, request)
    # Noted after the answer: a worker that dies before this leaves it to the next one to ask again.
    GenerationAttempt.objects.filter(pk=attempt.pk, **fence_of(attempt)).update(cancel_sent_at=Now())
    return canceled


def _send_cancel(attempt: GenerationAttempt, adapter: ProviderAdapter, request: HttpRequest) -> bool:
    release_connection()
    try:
        answer = transport().send(adapter, request, account=attempt.account)
        crashpoint("cancel.sent")
        return adapter.parse_canceled(answer)
    except ProviderError:
        # A cancel is a wish: the poll that follows tells what became of the job.
        return False
