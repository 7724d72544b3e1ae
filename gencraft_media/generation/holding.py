"""An attempt that may not go out now: it waits, or another model steps in where waiting would take too long."""

from gencraft_media.common.errors import GenCraftError, StaleTransition
from gencraft_media.common.logs import logger
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
from providers.errors import Busy, ModelUnknown, ProviderNotConfigured
from providers.models import ProviderAccount
from providers.registry import adapter_for
from providers.selectors import account_for, get_model

log = logger(__name__)
_RECHECK_S = 0.5


def hold_back(attempt: GenerationAttempt, wait: limits.Wait) -> None:
    """Let another model step in, or look again when the wait is over. A job's deadline ends its waiting."""
    if wait.reason == limits.CIRCUIT and _goes_by_another_account(attempt):
        return
    reason = reason_to_leave(attempt, wait)
    if reason is not None and hand_over(attempt, reason):
        return
    if attempt.fence == 1:
        # At its first look; what waits for long looks again and again.
        log.info("attempt held back", attempt_id=str(attempt.pk), reason=wait.reason, wait_s=round(wait.seconds, 1))
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
    _change_account(attempt, account)
    release(attempt, due_in_s=0.0)
    return True


def has_account(attempt: GenerationAttempt) -> bool:
    """Whether an attempt that was not sent yet has an account; where its own was deleted, another one takes its place.

    With its key, its circuits and its limits.
    """
    if attempt.account is not None:
        return True
    account = account_open_for(attempt.provider, attempt.model) or account_for(attempt.provider)
    if account is None:
        return False
    try:
        _change_account(attempt, account)
    except (ModelUnknown, ProviderNotConfigured):
        return False
    return True


def _change_account(attempt: GenerationAttempt, account: ProviderAccount) -> None:
    recovery = recovery_of(adapter_for(get_model(attempt.provider, attempt.model), account=account))
    changes = {"account": account, "recovery": recovery}
    if not update_row(GenerationAttempt, attempt.pk, changes, where=fence_of(attempt)):
        raise StaleTransition
    attempt.account, attempt.recovery = account, recovery
