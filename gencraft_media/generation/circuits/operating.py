"""What operators do to circuits by hand: shut one, let everything out again, or let one request try. All audited."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from gencraft_media.common.actions import Action, register_action
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import Conflict
from gencraft_media.generation.circuits.changes import CircuitReason, close, facts_of, locked_circuit, shut, try_next
from gencraft_media.generation.models import Circuit, CircuitState
from providers.models import ProviderAccount
from providers.services import account_changed

# A new key mends these; a new address mends the others, too.
_MENDED_BY_KEY = [CircuitReason.BAD_KEY, CircuitReason.NO_CREDIT, CircuitReason.MISCONFIGURED]
_MENDED_BY_ADDRESS = [*_MENDED_BY_KEY, CircuitReason.ERRORS, CircuitReason.SLOW]


class CircuitNotOpen(Conflict):
    """This circuit is closed: requests go out already."""

    code = "circuit_not_open"


def open_circuit(*, actor: Any, account_id: uuid.UUID, model: str = "", reason: str = "") -> Circuit:
    """Let nothing out to a model with an account, or to the whole account, until somebody closes it again."""
    return _change(actor, account_id, model, "circuit.open", shut, reason)


def close_circuit(*, actor: Any, account_id: uuid.UUID, model: str = "", reason: str = "") -> Circuit:
    """Let everything out again. Raises `CircuitNotOpen` for one that is closed."""
    return _change(actor, account_id, model, "circuit.close", _close_open, reason)


def try_circuit(*, actor: Any, account_id: uuid.UUID, model: str = "", reason: str = "") -> Circuit:
    """Let the next request be the probe, now. Raises `CircuitNotOpen` for one that is closed."""
    return _change(actor, account_id, model, "circuit.try", _try_open, reason)


@receiver(account_changed)
def close_mended(
    *, account: ProviderAccount, actor: Any, has_new_key: bool, has_new_address: bool, **_: object
) -> None:
    """Somebody entered a new key, or another address: what was set aside for the old one is in use again."""
    if not (has_new_key or has_new_address):
        return
    reasons = _MENDED_BY_ADDRESS if has_new_address else _MENDED_BY_KEY
    mended = Circuit.objects.filter(account=account, reason__in=reasons).exclude(state=CircuitState.CLOSED)
    for circuit in mended:
        close_circuit(actor=actor, account_id=account.pk, model=circuit.model, reason="The account was changed.")


def _change(
    actor: Any,
    account_id: uuid.UUID,
    model: str,
    action: str,
    change: Callable[[Circuit, datetime], None],
    reason: str,
) -> Circuit:
    with locked_circuit(account_id, model) as (circuit, now):
        before = facts_of(circuit)
        change(circuit, now)
        record_audit(actor=actor, action=action, target=circuit, before=before, after=facts_of(circuit), reason=reason)
    return circuit


def _close_open(circuit: Circuit, now: datetime) -> None:
    _refuse_closed(circuit)
    # Whoever closes it has reason to believe that it works: the next opening is a first one.
    circuit.openings = 0
    close(circuit, now)


def _try_open(circuit: Circuit, now: datetime) -> None:
    _refuse_closed(circuit)
    try_next(circuit, now)


def _refuse_closed(circuit: Circuit) -> None:
    if circuit.state == CircuitState.CLOSED:
        raise CircuitNotOpen


_CHANGE_CIRCUIT = "generation.change_circuit"
register_action(Action("circuit.open", "Keep requests from a model or account", _CHANGE_CIRCUIT, open_circuit))
register_action(Action("circuit.close", "Let requests out again", _CHANGE_CIRCUIT, close_circuit))
register_action(Action("circuit.try", "Let one request try", _CHANGE_CIRCUIT, try_circuit))
