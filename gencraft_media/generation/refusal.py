"""How a submission that brings nothing ends: refused before it was taken, failed after, or lost for good."""

from decimal import Decimal

from django.db import transaction

from billing.models import CostCertainty
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.generation import circuits
from gencraft_media.generation.chances import Chances, chances_of
from gencraft_media.generation.endings import (
    book_cost,
    end_job_if_done,
    fail_items,
    move_attempt,
    open_items,
    requeue_items,
)
from gencraft_media.generation.errors import JobCanceled, error_json
from gencraft_media.generation.fallback import StandIn, find_stand_in, policy_of, step_in
from gencraft_media.generation.fallback_policy import LONGEST_PATIENCE_S, RATE, SHUT, Action, trouble_of
from gencraft_media.generation.journal import lock_job, notify_dispatcher, save_events, tell
from gencraft_media.generation.models import GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.planning import plan_attempts, same_serving
from gencraft_media.generation.states import AttemptState
from providers.errors import OutcomeUnknown, ProviderError

log = logger(__name__)


def refuse_attempt(attempt: GenerationAttempt, error: GenCraftError) -> None:
    """End an attempt that is known not to have been accepted; what becomes of its items stands in `fallback_policy`."""
    _log_refusal(attempt, error)
    chances = chances_of(attempt, error)
    actions = _actions_for(attempt, error, chances)
    # Before the transaction: who chooses may ask hooks.
    stand_in = _find_stand_in(attempt, error) if Action.STEP_IN in actions else None
    with transaction.atomic():
        job = lock_job(attempt.job)
        # Again: what another attempt of the job came to meanwhile may keep this one with its provider.
        actions = _actions_for(attempt, error, chances)
        canceled = isinstance(error, JobCanceled)
        move_attempt(attempt, AttemptState.CANCELED if canceled else AttemptState.REJECTED, error=error_json(error))
        items = open_items(attempt)
        action = _first_possible(actions, job, chances, stand_in)
        if action is Action.STEP_IN and stand_in is not None:
            step_in(job, attempt, items, stand_in, error)
        elif action is Action.FAIL:
            # A job that was asked to stop meanwhile ends for that reason, where it would have gone on.
            stopped = job.cancel_requested_at is not None and actions != (Action.FAIL,)
            fail_items(job, items, JobCanceled() if stopped else error)
            end_job_if_done(job)
        else:
            _plan_again(job, attempt, items, chances.delay_s)
        crashpoint("refusal.before_commit")
    crashpoint("refusal.committed")
    circuits.note_failure(attempt, error)


def hand_over(attempt: GenerationAttempt, error: GenCraftError) -> bool:
    """Let another model step in for an attempt that was not sent yet. False: none can, and nothing was changed."""
    chances = chances_of(attempt, error)
    if not _may_hand_over(attempt):
        return False
    stand_in = _find_stand_in(attempt, error)
    if stand_in is None:
        return False
    with transaction.atomic():
        job = lock_job(attempt.job)
        possible = _first_possible((Action.STEP_IN, Action.FAIL), job, chances, stand_in)
        if possible is Action.FAIL or not _may_hand_over(attempt):
            return False
        move_attempt(attempt, AttemptState.REJECTED, error=error_json(error))
        step_in(job, attempt, open_items(attempt), stand_in, error)
    return True


def give_up_attempt(
    attempt: GenerationAttempt,
    error: GenCraftError,
    *,
    suspected: bool = False,
    cost: Decimal | None = None,
    to: AttemptState = AttemptState.FAILED,
) -> None:
    """End an attempt the provider took but that brought nothing: the client owes nothing, the cost is written down.

    Nobody steps in for it: what was taken may have been paid for.
    """
    _log_refusal(attempt, error)
    with transaction.atomic():
        job = lock_job(attempt.job)
        move_attempt(attempt, to, error=error_json(error))
        book_cost(attempt, CostCertainty.SUSPECTED if suspected else CostCertainty.CONFIRMED, cost)
        fail_items(job, open_items(attempt), error)
        end_job_if_done(job)
        crashpoint("giving_up.before_commit")
    crashpoint("giving_up.committed")
    circuits.note_failure(attempt, error)


def lose_attempt(attempt: GenerationAttempt) -> None:
    """Nothing will ever tell whether the provider took it: the client is free, an operator gets a suspected cost."""
    give_up_attempt(attempt, OutcomeUnknown(), suspected=True, to=AttemptState.LOST)


def _find_stand_in(attempt: GenerationAttempt, error: GenCraftError) -> StandIn | None:
    """As `find_stand_in`; what breaks there must not make an unknown outcome of a refusal that is known."""
    try:
        return find_stand_in(attempt, error)
    except Exception:
        log.exception("no stand-in looked for", attempt_id=str(attempt.pk), code=error.code)
        return None


def _may_hand_over(attempt: GenerationAttempt) -> bool:
    return Action.STEP_IN in SHUT.actions(policy_of(attempt))


def _actions_for(attempt: GenerationAttempt, error: GenCraftError, chances: Chances) -> tuple[Action, ...]:
    trouble = trouble_of(error)
    if trouble is RATE and chances.delay_s > LONGEST_PATIENCE_S:
        trouble = SHUT
    return trouble.actions(policy_of(attempt))


def _first_possible(
    actions: tuple[Action, ...], job: GenerationJob, chances: Chances, stand_in: StandIn | None
) -> Action:
    if job.cancel_requested_at is not None:
        return Action.FAIL
    possible = {
        Action.STEP_IN: stand_in is not None and chances.another_model,
        Action.AGAIN: chances.same_model,
        Action.WAIT: chances.in_time,
    }
    return next((action for action in actions if possible.get(action)), Action.FAIL)


def _plan_again(job: GenerationJob, attempt: GenerationAttempt, items: list[GenerationItem], delay_s: float) -> None:
    requeue_items(items)
    plan_attempts(
        job,
        items,
        serving=same_serving(attempt, outputs=len(items)),
        tries=attempt.tries + 1,
        delay_s=delay_s,
    )
    tell(job, "attempt.retry", attemptId=str(attempt.pk), tries=attempt.tries, delayS=round(delay_s, 1))
    save_events(job)
    notify_dispatcher()


def _log_refusal(attempt: GenerationAttempt, error: GenCraftError) -> None:
    vendor = {}
    if isinstance(error, ProviderError):
        vendor = {"vendor_code": error.vendor_code, "vendor_text": error.vendor_text}
    log.warning("attempt refused", attempt_id=str(attempt.pk), code=error.code, **vendor)
