"""What becomes of circuits when an attempt fails or is answered. Transactions of their own; none for a success."""

import contextlib
from collections.abc import Callable
from datetime import datetime

from django.db.models import TextChoices

from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import GenCraftError
from gencraft_media.generation.circuits.changes import (
    CircuitReason,
    close,
    locked_circuit,
    open_again,
    open_for,
    put_off,
)
from gencraft_media.generation.circuits.counting import (
    IN_A_ROW,
    account_fails,
    counted,
    latest_outcomes,
    model_fails,
    unsent_failures,
)
from gencraft_media.generation.circuits.reading import WHOLE_ACCOUNT, circuits_not_closed, known_not_closed
from gencraft_media.generation.circuits.verdicts import Verdict, verdict_on
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.models import ProviderAccount
from providers.registry import kind_of
from providers.selectors import BUILT_IN

_SET_ASIDE = {
    Verdict.NO_CREDIT: CircuitReason.NO_CREDIT,
    Verdict.BAD_KEY: CircuitReason.BAD_KEY,
    Verdict.MISCONFIGURED: CircuitReason.MISCONFIGURED,
}
# An account that took a job has money and a key; whether it makes a picture is shown by the picture alone.
_CLOSED_BY_ACCEPTANCE = frozenset({CircuitReason.RATE, *_SET_ASIDE.values()})
_SHORTEST_BUSY_S = 0.5
_Counted = Callable[[datetime | None], bool]


def note_failure(attempt: GenerationAttempt, error: GenCraftError) -> None:
    """An attempt ended with `error`, and its row says so: see whether requests should be kept back for a while.

    The built-in providers are left alone: their faults are asked for, and must not shut them for others.
    """
    if attempt.account is None or attempt.provider in BUILT_IN:
        return
    verdict = verdict_on(error)
    # An account that is deleted meanwhile needs no circuit.
    with contextlib.suppress(ProviderAccount.DoesNotExist):
        match verdict:
            case Verdict.ANSWERED:
                note_answer(attempt)
            case Verdict.FAILED:
                _count(attempt, attempt.account)
            case Verdict.BUSY:
                _hold_back(attempt, attempt.account, error.retry_after_s)
            case Verdict.NO_CREDIT | Verdict.BAD_KEY | Verdict.MISCONFIGURED:
                _set_aside(attempt, attempt.account, _SET_ASIDE[verdict])


def note_answer(attempt: GenerationAttempt) -> None:
    """The provider took the attempt, finished it or refused it by its content: the circuit it probed closes."""
    known = known_not_closed()
    if attempt.account_id is None or not (
        {(attempt.account_id, WHOLE_ACCOUNT), (attempt.account_id, attempt.model)} & known
    ):
        return
    only_taken = attempt.state == AttemptState.ACCEPTED
    for shut in circuits_not_closed(attempt.account_id, attempt.model):
        if shut.probe_attempt_id != attempt.pk or (only_taken and shut.reason not in _CLOSED_BY_ACCEPTANCE):
            continue
        with contextlib.suppress(ProviderAccount.DoesNotExist), locked_circuit(shut.account_id, shut.model) as locked:
            circuit, now = locked
            if is_probed_by(circuit, attempt):
                close(circuit, now)


def is_probed_by(circuit: Circuit, attempt: GenerationAttempt) -> bool:
    """Whether the attempt's answer decides."""
    return circuit.state == CircuitState.HALF_OPEN and circuit.probe_attempt_id == attempt.pk


def _count(attempt: GenerationAttempt, account: ProviderAccount) -> None:
    """Outside the lock first: most failures change nothing."""
    outcomes = latest_outcomes(account.pk)

    def model_is_down(since: datetime | None) -> bool:
        if not attempt.submissions:
            # It came no further than its uploads, and those who did not are not found by when they were sent.
            return unsent_failures(attempt) >= IN_A_ROW
        return model_fails(counted(outcomes, since, attempt.model))

    _open_if(attempt, attempt.model, model_is_down)
    _open_if(attempt, WHOLE_ACCOUNT, lambda since: account_fails(counted(outcomes, since)))


def _open_if(attempt: GenerationAttempt, model: str, is_down: _Counted) -> None:
    known = Circuit.objects.filter(account_id=attempt.account_id, model=model).first()
    if not _should_open(known, attempt, is_down, database_now()) or attempt.account_id is None:
        return
    with locked_circuit(attempt.account_id, model) as (circuit, now):
        if _should_open(circuit, attempt, is_down, now):
            if circuit.state == CircuitState.CLOSED:
                open_for(circuit, CircuitReason.ERRORS, now)
            else:
                open_again(circuit, now)


def _should_open(circuit: Circuit | None, attempt: GenerationAttempt, is_down: _Counted, now: datetime) -> bool:
    if circuit is None or circuit.state == CircuitState.CLOSED:
        return is_down(circuit.counted_from if circuit is not None else None)
    return is_probed_by(circuit, attempt) or _came_to_probe(circuit, attempt, now)


def _came_to_probe(circuit: Circuit, attempt: GenerationAttempt, now: datetime) -> bool:
    """Whether it would have been the probe, had it come further than its uploads."""
    is_time = circuit.state == CircuitState.OPEN and circuit.retry_at is not None and circuit.retry_at <= now
    return is_time and circuit.reason != CircuitReason.RATE and not attempt.submissions


def _hold_back(attempt: GenerationAttempt, account: ProviderAccount, told_s: float | None) -> None:
    """Until the provider's own time, so that those who wait do not collect the same answer."""
    wait_s = None if told_s is None else max(told_s, _SHORTEST_BUSY_S)
    with locked_circuit(account.pk, _whose_limit(attempt, account)) as (circuit, now):
        if circuit.state == CircuitState.HALF_OPEN and circuit.reason != CircuitReason.RATE:
            # A limit says nothing of what the probe was to find out.
            if is_probed_by(circuit, attempt):
                put_off(circuit, now, wait_s)
        elif (
            circuit.state == CircuitState.CLOSED
            or is_probed_by(circuit, attempt)
            or _lasts_longer(circuit, wait_s, now)
        ):
            open_for(circuit, CircuitReason.RATE, now, told_s=wait_s)


def _lasts_longer(circuit: Circuit, wait_s: float | None, now: datetime) -> bool:
    """Whether the limit that is known ends sooner: several calls that were out at once are told the same."""
    if circuit.reason != CircuitReason.RATE or circuit.retry_at is None:
        return False
    left_s = (circuit.retry_at - now).total_seconds()
    return left_s <= 0 or (wait_s or 0.0) > left_s


def _whose_limit(attempt: GenerationAttempt, account: ProviderAccount) -> str:
    """The whole account's where the vendor shuts accounts out, else the model's."""
    kind = kind_of(account.provider)
    return WHOLE_ACCOUNT if kind is not None and kind.lockout_s is not None else attempt.model


def _set_aside(attempt: GenerationAttempt, account: ProviderAccount, reason: TextChoices) -> None:
    """Money and keys are the account's; what else is refused may be the model's alone."""
    model = attempt.model if reason == CircuitReason.MISCONFIGURED else WHOLE_ACCOUNT
    with locked_circuit(account.pk, model) as (circuit, now):
        is_probe = is_probed_by(circuit, attempt) or _came_to_probe(circuit, attempt, now)
        by_operator = circuit.state == CircuitState.OPEN and circuit.reason == CircuitReason.OPERATOR
        is_known = circuit.state != CircuitState.CLOSED and circuit.reason == reason
        if is_probe or not (by_operator or is_known or _was_sent_before(circuit, attempt)):
            open_for(circuit, str(reason), now)


def _was_sent_before(circuit: Circuit, attempt: GenerationAttempt) -> bool:
    """Whether it went out before the circuit closed, with the key of that time. The row knows when, not the attempt."""
    if circuit.counted_from is None or not attempt.submissions:
        return False
    return GenerationAttempt.objects.filter(pk=attempt.pk, submitted_at__lte=circuit.counted_from).exists()
