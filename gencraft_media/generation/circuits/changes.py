"""How a circuit changes. The caller's transaction holds the account's row, under which all of this is decided."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import TextChoices

from gencraft_media.common.clock import database_now
from gencraft_media.common.logs import logger
from gencraft_media.generation.circuits.alerts import tell_restored, tell_set_aside
from gencraft_media.generation.models import Circuit, CircuitState
from providers.limits import lock_account
from providers.models import ProviderAccount

log = logger(__name__)
# A circuit that stayed closed for so long begins anew with its first cool-down.
STABLE_S = 300.0


class CircuitReason(TextChoices):
    """Why a circuit is open, or was the last time."""

    ERRORS = "errors"
    SLOW = "slow"
    RATE = "rate"
    NO_CREDIT = "no_credit"
    BAD_KEY = "bad_key"
    MISCONFIGURED = "misconfigured"
    OPERATOR = "operator"


# Only people can mend these.
SET_ASIDE = frozenset({CircuitReason.NO_CREDIT, CircuitReason.BAD_KEY, CircuitReason.MISCONFIGURED})
_TROUBLE = (10.0, 300.0)
# A vendor that does not say how long its limit lasts: most count a second or a minute.
_BUSY = (1.0, 15.0)
_UNTIL_MENDED = (300.0, 3600.0)
# The first cool-down and the longest, in seconds; each opening doubles the one before.
COOL_DOWNS: dict[str, tuple[float, float]] = {
    CircuitReason.ERRORS: _TROUBLE,
    CircuitReason.SLOW: _TROUBLE,
    CircuitReason.RATE: _BUSY,
    CircuitReason.NO_CREDIT: _UNTIL_MENDED,
    CircuitReason.BAD_KEY: _UNTIL_MENDED,
    CircuitReason.MISCONFIGURED: _UNTIL_MENDED,
}


@contextmanager
def locked_circuit(account_id: uuid.UUID, model: str) -> Iterator[tuple[Circuit, datetime]]:
    """The circuit, a new one where there is no row yet, and the database's time; its own transaction.

    Raises `ProviderAccount.DoesNotExist` where the account was deleted.
    """
    with transaction.atomic():
        account = lock_account(account_id)
        circuit = Circuit.objects.filter(account=account, model=model).first() or Circuit(account=account, model=model)
        circuit.account = account
        yield circuit, database_now()


def open_for(circuit: Circuit, reason: str, now: datetime, *, told_s: float | None = None) -> None:
    """Let nothing out for a cool-down, or for `told_s` where the provider said how long."""
    was_set_aside = circuit.state != CircuitState.CLOSED and circuit.reason == reason
    circuit.openings = _openings(circuit, reason, now) + 1
    first_s, longest_s = COOL_DOWNS[reason]
    circuit.cool_down_s = min(first_s * 2.0 ** min(circuit.openings - 1, 16), longest_s) if told_s is None else told_s
    circuit.state, circuit.reason = CircuitState.OPEN, reason
    circuit.opened_at = circuit.opened_at or now
    circuit.retry_at = now + timedelta(seconds=circuit.cool_down_s)
    _save(circuit, now)
    log.warning("circuit opened", **facts_of(circuit), cool_down_s=circuit.cool_down_s)
    if reason in SET_ASIDE and not was_set_aside:
        tell_set_aside(circuit)


def open_again(circuit: Circuit, now: datetime) -> None:
    """The probe failed: as before, for longer."""
    open_for(circuit, circuit.reason if circuit.reason in COOL_DOWNS else CircuitReason.ERRORS, now)


def put_off(circuit: Circuit, now: datetime, told_s: float | None) -> None:
    """The probe was told to come later: what the circuit is open for was not found out."""
    circuit.state = CircuitState.OPEN
    circuit.retry_at = now + timedelta(seconds=_BUSY[1] if told_s is None else told_s)
    _save(circuit, now)
    log.info("circuit probe put off", **facts_of(circuit), retry_at=str(circuit.retry_at))


def begin_probe(circuit: Circuit, attempt_id: uuid.UUID, now: datetime) -> None:
    """Let this one attempt out; its answer decides."""
    circuit.state, circuit.probe_attempt_id = CircuitState.HALF_OPEN, attempt_id
    _save(circuit, now, probed=True)
    log.info("circuit probed", **facts_of(circuit), attempt_id=str(attempt_id))


def try_next(circuit: Circuit, now: datetime) -> None:
    """Let the next attempt be the probe."""
    circuit.state, circuit.retry_at = CircuitState.OPEN, now
    _save(circuit, now)


def shut(circuit: Circuit, now: datetime) -> None:
    """Let nothing out until an operator says otherwise."""
    circuit.state, circuit.reason = CircuitState.OPEN, CircuitReason.OPERATOR
    circuit.opened_at, circuit.retry_at = circuit.opened_at or now, None
    _save(circuit, now)
    log.warning("circuit opened", **facts_of(circuit))


def close(circuit: Circuit, now: datetime) -> None:
    """Let everything out again; what failed before does not count any more."""
    circuit.state, circuit.counted_from = CircuitState.CLOSED, now
    circuit.opened_at = circuit.retry_at = None
    _save(circuit, now)
    log.info("circuit closed", **facts_of(circuit))
    if circuit.reason in SET_ASIDE:
        tell_restored(circuit)


def facts_of(circuit: Circuit) -> dict[str, str]:
    """What logs and the audit say of a circuit."""
    account: ProviderAccount = circuit.account
    return {
        "provider": account.provider_id,
        "account": account.label,
        "model": circuit.model,
        "state": circuit.state,
        "reason": circuit.reason,
    }


def _openings(circuit: Circuit, reason: str, now: datetime) -> int:
    """How often it opened for reasons of this kind since it last stayed closed for a while."""
    if circuit._state.adding or COOL_DOWNS.get(circuit.reason) != COOL_DOWNS[reason]:
        return 0
    is_stable = circuit.state == CircuitState.CLOSED and now - circuit.updated_at > timedelta(seconds=STABLE_S)
    return 0 if is_stable else circuit.openings


def _save(circuit: Circuit, now: datetime, *, probed: bool = False) -> None:
    if not probed:
        circuit.probe_attempt_id = None
    circuit.updated_at = now
    circuit.save()
