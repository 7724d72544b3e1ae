"""What no attempt would report: calls that hang, probes that nobody answers, limits whose time is over.

The dispatcher looks once a second. With nothing in flight for long and every circuit closed that is two short queries.
"""

import contextlib
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gencraft_media.common.clock import database_now, from_now
from gencraft_media.generation.circuits.changes import (
    CircuitReason,
    close,
    locked_circuit,
    open_again,
    open_for,
    try_next,
)
from gencraft_media.generation.circuits.verdicts import ANSWERED_CODES, FAILED_CODES
from gencraft_media.generation.history import track_record
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.errors import ModelUnknown
from providers.models import ProviderAccount
from providers.selectors import BUILT_IN, get_model

# No picture is late before this, however quick its model has been: a cold start takes seconds.
SLOWEST_PROMPT_S = 10.0
# The slowest tenth of healthy calls takes up to about thrice the median; five times is no chance any more.
TIMES_THE_MEDIAN = 5.0
# Large sizes and best quality are in the median of their model: the slowest tenth is known, too.
TIMES_THE_SLOWEST = 2.0
# One late call may be stuck by itself; two are a slow provider, and so is one that is twice too late.
LATE_TOGETHER, LATE_ALONE = 2, 2.0
_IN_FLIGHT = [AttemptState.SUBMITTING, AttemptState.ACCEPTED]


@dataclass(frozen=True)
class _Late:
    """A call in flight for longer than its model takes; `times` so often."""

    sent_at: datetime
    times: float


def watch_slow() -> None:
    """Open the circuits of models that have become slow, and end probes and waits that are over."""
    for circuit in Circuit.objects.exclude(state=CircuitState.CLOSED).exclude(retry_at=None):
        # An account that is deleted meanwhile needs no circuit.
        with contextlib.suppress(ProviderAccount.DoesNotExist):
            if circuit.state == CircuitState.HALF_OPEN:
                _settle_probe(circuit)
            elif circuit.reason == CircuitReason.RATE:
                _end_wait(circuit)
    for (account_id, model), late in _late_calls().items():
        if _is_slow(late):
            with contextlib.suppress(ProviderAccount.DoesNotExist):
                _open_for_slowness(account_id, model, late)


def late_after_s(provider: str, model: str, operation: str, account_id: uuid.UUID | None) -> float:
    """After how many seconds a call is late, by what its model takes otherwise."""
    record = track_record(provider, model, operation, account_id)
    if record.seconds is not None:
        return max(
            SLOWEST_PROMPT_S,
            TIMES_THE_MEDIAN * record.seconds,
            TIMES_THE_SLOWEST * (record.seconds_high or 0.0),
        )
    try:
        typical_s = float(get_model(provider, model).typical_seconds)
    except ModelUnknown:
        typical_s = 0.0
    return max(SLOWEST_PROMPT_S, TIMES_THE_MEDIAN * typical_s)


def _late_calls() -> dict[tuple[uuid.UUID, str], list[_Late]]:
    in_flight = (
        GenerationAttempt.objects.filter(
            state__in=_IN_FLIGHT, account__isnull=False, submitted_at__lt=from_now(-SLOWEST_PROMPT_S)
        )
        .exclude(provider__in=BUILT_IN)
        .values_list("account_id", "provider", "model", "operation", "submitted_at")
    )
    rows, late = list(in_flight), defaultdict(list)
    now = database_now() if rows else None
    for account_id, provider, model, operation, sent_at in rows:
        if now is None or account_id is None or sent_at is None:
            continue
        times = (now - sent_at).total_seconds() / late_after_s(provider, model, operation, account_id)
        if times > 1:
            late[account_id, model].append(_Late(sent_at, times))
    return dict(late)


def _is_slow(late: Sequence[_Late]) -> bool:
    return len(late) >= LATE_TOGETHER or any(one.times >= LATE_ALONE for one in late)


def _open_for_slowness(account_id: uuid.UUID, model: str, late: Sequence[_Late]) -> None:
    known = Circuit.objects.filter(account_id=account_id, model=model).first()
    if not _is_slow(_counted(known, late)) or _was_overtaken(account_id, model, late):
        return
    with locked_circuit(account_id, model) as (circuit, now):
        if _is_slow(_counted(circuit, late)):
            open_for(circuit, CircuitReason.SLOW, now)


def _counted(circuit: Circuit | None, late: Sequence[_Late]) -> Sequence[_Late]:
    """Those that were sent since the circuit closed; none while it is not closed."""
    if circuit is None:
        return late
    since = circuit.counted_from
    if circuit.state != CircuitState.CLOSED or since is None:
        return late if circuit.state == CircuitState.CLOSED else ()
    return [one for one in late if one.sent_at > since]


def _was_overtaken(account_id: uuid.UUID, model: str, late: Sequence[_Late]) -> bool:
    """Whether what was sent after all late ones is answered already: those are stuck, and the model is not slow."""
    newest = max(one.sent_at for one in late)
    return GenerationAttempt.objects.filter(
        account_id=account_id, model=model, submitted_at__gt=newest, landed_at__isnull=False
    ).exists()


def _end_wait(seen: Circuit) -> None:
    """A provider's limit that is over needs no probe: it never failed."""
    if seen.retry_at is None or seen.retry_at > database_now():
        return
    with locked_circuit(seen.account_id, seen.model) as (circuit, now):
        is_open = circuit.state == CircuitState.OPEN and circuit.reason == CircuitReason.RATE
        if is_open and circuit.retry_at is not None and circuit.retry_at <= now:
            close(circuit, now)


def _settle_probe(seen: Circuit) -> None:
    """Decide for a probe whose worker died before it could, and for one that takes too long."""
    probe = GenerationAttempt.objects.filter(pk=seen.probe_attempt_id).first() if seen.probe_attempt_id else None
    verdict = _verdict_of(probe, database_now())
    if verdict is None:
        return
    with locked_circuit(seen.account_id, seen.model) as (circuit, now):
        if circuit.state != CircuitState.HALF_OPEN or circuit.probe_attempt_id != seen.probe_attempt_id:
            return
        match verdict:
            case "answered":
                close(circuit, now)
            case "late":
                open_for(circuit, CircuitReason.SLOW, now)
            case "failed":
                open_again(circuit, now)
            case _:
                try_next(circuit, now)


def _verdict_of(probe: GenerationAttempt | None, now: datetime) -> str | None:
    """What the probe's row says: answered, failed, late, gone; None: it is under way."""
    if probe is None or probe.submitted_at is None or probe.state == AttemptState.CANCELED:
        return "gone"
    if probe.landed_at is not None:
        return "answered"
    if probe.state in _IN_FLIGHT:
        late_s = late_after_s(probe.provider, probe.model, probe.operation, probe.account_id)
        return "late" if now - probe.submitted_at > timedelta(seconds=late_s) else None
    if probe.state == AttemptState.PLANNED:
        return "gone"
    return _ended(str((probe.error or {}).get("code", "")), probe.state)


def _ended(code: str, state: str) -> str:
    if code in ANSWERED_CODES:
        return "answered"
    return "failed" if state == AttemptState.UNKNOWN or code in FAILED_CODES else "gone"
