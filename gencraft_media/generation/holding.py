"""An attempt that may not go out now: it waits, or another model steps in where waiting would take too long."""

from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.rows import update_row
from gencraft_media.generation import limits
from gencraft_media.generation.awaited_callbacks import recovery_of
from gencraft_media.generation.chances import left_s
from gencraft_media.generation.circuits.reading import account_open_for, circuits_not_closed
from gencraft_media.generation.errors import CircuitOpen
from gencraft_media.generation.fallback_policy import LONGEST_PATIENCE_S
from gencraft_media.generation.leases import fence_of, release
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.refusal import hand_over
from providers.errors import Busy
from providers.registry import adapter_for
from providers.selectors import get_model

_RECHECK_S = 0.5


def hold_back(attempt: GenerationAttempt, wait: limits.Wait) -> None:
    """Let another model step in, or look again when the wait is over. A job's deadline ends its waiting."""
    if wait.reason == limits.CIRCUIT and _goes_by_another_account(attempt):
        return
    reason = reason_to_leave(attempt, wait)
    if reason is not None and hand_over(attempt, reason):
        return
    release(attempt, due_in_s=max(min(wait.seconds, left_s(attempt)), _RECHECK_S))


def reason_to_leave(attempt: GenerationAttempt, wait: limits.Wait) -> GenCraftError | None:
    """Why the attempt's model is not worth waiting for; None where it is.

    Slots are waited for: they become free one by one, in fair order.
    """
    match wait.reason:
        case limits.SPEND:
            return CircuitOpen()
        case limits.RATE:
            return Busy() if wait.seconds > LONGEST_PATIENCE_S else None
        case limits.CIRCUIT if _is_rate(attempt):
            return Busy() if wait.seconds > LONGEST_PATIENCE_S else None
        case limits.CIRCUIT:
            return CircuitOpen()
    return None


def _is_rate(attempt: GenerationAttempt) -> bool:
    """Whether the provider only asked for patience."""
    if attempt.account_id is None:
        return False
    return all(one.reason == limits.RATE for one in circuits_not_closed(attempt.account_id, attempt.model))


def _goes_by_another_account(attempt: GenerationAttempt) -> bool:
    """Send the same request with another account of the provider, where one is open: that is no other model."""
    account = account_open_for(attempt.provider, attempt.model)
    if account is None or account.pk == attempt.account_id:
        return False
    recovery = recovery_of(adapter_for(get_model(attempt.provider, attempt.model), account=account))
    update_row(GenerationAttempt, attempt.pk, {"account": account, "recovery": recovery}, where=fence_of(attempt))
    release(attempt, due_in_s=0.0)
    return True
