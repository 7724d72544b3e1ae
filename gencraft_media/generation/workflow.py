"""One step of one attempt: claimed, done under a lease, safe to run twice. Tasks call this and nothing else."""

import uuid
from collections.abc import Callable

import structlog
from django.db import DatabaseError

from gencraft_media.common.bounded import BoundedUnavailable
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.logs import logger
from gencraft_media.generation.awaiting import poll
from gencraft_media.generation.errors import StepCrashed
from gencraft_media.generation.finishing import MAX_CLAIMS, finish
from gencraft_media.generation.leases import claim, keeper, release
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.recovery import recover, suspect
from gencraft_media.generation.refusal import give_up_attempt, lose_attempt, refuse_attempt
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.submission import submit

log = logger(__name__)
HOST_TROUBLE_WAIT_S = 2.0
Step = Callable[[GenerationAttempt], None]

PROVIDER_STEPS: dict[str, Step] = {
    AttemptState.PLANNED: submit,
    # Only a dead or paused worker leaves this state with its lease run out.
    AttemptState.SUBMITTING: suspect,
    AttemptState.UNKNOWN: recover,
    AttemptState.ACCEPTED: poll,
}
MEDIA_STEPS: dict[str, Step] = {AttemptState.LANDED: finish}
# Instead of a step that was begun too often and never came to its end; finishing gives up item by item.
GIVING_UP: dict[str, Step] = {
    AttemptState.PLANNED: lambda attempt: refuse_attempt(attempt, StepCrashed()),
    AttemptState.UNKNOWN: lose_attempt,
    AttemptState.ACCEPTED: lambda attempt: give_up_attempt(attempt, StepCrashed()),
}


def step_for(attempt: GenerationAttempt, steps: dict[str, Step]) -> Step:
    """The step of the attempt's state; the way out once that has ended its worker too often."""
    step = steps[attempt.state]
    return GIVING_UP.get(attempt.state, step) if attempt.claims > MAX_CLAIMS else step


def advance(attempt_id: str, steps: dict[str, Step]) -> None:
    """Do the attempt's next step if it is one of `steps` and nobody else has it."""
    attempt = claim(uuid.UUID(attempt_id), frozenset(steps))
    if attempt is None:
        return
    crashpoint("claim.committed")
    with (
        structlog.contextvars.bound_contextvars(job_id=str(attempt.job_id), attempt_id=attempt_id),
        keeper.keeping(attempt),
    ):
        try:
            step_for(attempt, steps)(attempt)
        except (OSError, DatabaseError, BoundedUnavailable):
            # The host's trouble, not the attempt's: the claim does not count, and the step is due again soon.
            log.warning("step interrupted", state=attempt.state, exc_info=True)
            release(attempt, due_in_s=HOST_TROUBLE_WAIT_S)
        except StaleTransition:
            # Somebody else went on with it: a cancel, or a worker that took over an expired lease.
            log.info("step overtaken", state=attempt.state)
