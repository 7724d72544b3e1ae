"""Whether an attempt may go out as far as circuits are concerned: a look without a lock, then a decision under it."""

import random
from collections.abc import Sequence
from datetime import datetime

from gencraft_media.common.clock import database_now
from gencraft_media.generation.circuits.changes import CircuitReason, begin_probe, close
from gencraft_media.generation.circuits.reading import WHOLE_ACCOUNT, circuits_not_closed, known_not_closed
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt

# An operator may close a circuit long before its time, and waiting attempts should notice.
_LONGEST_LOOK_S = 15.0
_PROBE_LOOK_S = 1.0
# Those who wait together do not all ask at once.
_SPREAD_S = 1.0


def may_be_kept_back(attempt: GenerationAttempt) -> bool:
    """Whether a circuit of the attempt's account or model is not closed. Takes no lock: nearly always it is not."""
    return attempt.account_id is not None and circuits_not_closed(attempt.account_id, attempt.model).exists()


def wait_before(circuits: Sequence[Circuit], attempt: GenerationAttempt, now: datetime) -> float | None:
    """How long to wait before the next look, in seconds; None: the attempt may go out, as the probe of all of them.

    The caller holds the account's row, so that one attempt among all workers is told None.
    """
    waits = [wait_s for circuit in circuits if (wait_s := _wait_of(circuit, attempt, now)) is not None]
    # Spread, no secret.
    return max(waits) + random.uniform(0.0, _SPREAD_S) if waits else None  # noqa: S311


def wait_now(attempt: GenerationAttempt) -> float | None:
    """As `wait_before`, for a look ahead without a lock, and without a query while all is well.

    None where the attempt may still be kept back when it comes to it.
    """
    of_it = {(attempt.account_id, WHOLE_ACCOUNT), (attempt.account_id, attempt.model)}
    if attempt.account_id is None or not of_it & known_not_closed():
        return None
    return wait_before(list(circuits_not_closed(attempt.account_id, attempt.model)), attempt, database_now())


def let_out(circuits: Sequence[Circuit], attempt: GenerationAttempt, now: datetime) -> None:
    """The attempt goes out: it probes every open circuit before it. A limit's time is over without a probe."""
    for circuit in circuits:
        if circuit.reason == CircuitReason.RATE and circuit.state == CircuitState.OPEN:
            close(circuit, now)
        elif circuit.state == CircuitState.OPEN:
            begin_probe(circuit, attempt.pk, now)


def _wait_of(circuit: Circuit, attempt: GenerationAttempt, now: datetime) -> float | None:
    if circuit.state == CircuitState.HALF_OPEN:
        return None if circuit.probe_attempt_id == attempt.pk else _PROBE_LOOK_S
    if circuit.retry_at is None:
        return _LONGEST_LOOK_S
    left_s = (circuit.retry_at - now).total_seconds()
    return min(left_s, _LONGEST_LOOK_S) if left_s > 0 else None
