"""What the engine's own attempts tell of a model: how long it takes, and how often it delivers."""

import statistics
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models.expressions import RawSQL

from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.remembered import remembered_longer
from gencraft_media.generation.errors import ProviderSilent
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.errors import BrokenContract, Busy, Misconfigured, OutcomeUnknown, OutputLost, Unreachable

# The latest calls count, and none that began longer ago.
_LENGTH, _REACH_S = 50, 7 * 24 * 3600.0
_ENOUGH = 5
# Times FRESH_FOR_S: half a minute.
_REMEMBERED = 30
_DELIVERED = [AttemptState.LANDED, AttemptState.SETTLED]
# What a provider is to blame for: a refused prompt, a cancel or a passed deadline says nothing about it.
_FAULTS = (Busy, Unreachable, Misconfigured, BrokenContract, OutcomeUnknown, OutputLost, ProviderSilent)


# The condition of the index that the query goes by, word for word: `media_attempts_calls_idx`.
_ENDED = "state IN ('landed', 'settled', 'rejected', 'failed', 'lost')"
# Hops from each account, model and operation to the next one, and reads the latest of each: what it takes grows with
# how many of them there are, not with how many calls they had.
_LATEST = f"""
    WITH RECURSIVE served (account_id, model, operation) AS (
        SELECT account_id, model, operation FROM (
            SELECT account_id, model, operation FROM media_generation_attempts
            WHERE {_ENDED} AND account_id IS NOT NULL
            ORDER BY account_id, model, operation LIMIT 1
        ) AS first
        UNION ALL
        SELECT other.account_id, other.model, other.operation
        FROM served JOIN media_generation_attempts AS other ON other.id = coalesce(
            (SELECT id FROM media_generation_attempts AS next
                WHERE {_ENDED} AND next.account_id = served.account_id AND next.model = served.model
                    AND next.operation > served.operation ORDER BY operation LIMIT 1),
            (SELECT id FROM media_generation_attempts AS next
                WHERE {_ENDED} AND next.account_id = served.account_id AND next.model > served.model
                ORDER BY model, operation LIMIT 1),
            (SELECT id FROM media_generation_attempts AS next
                WHERE {_ENDED} AND next.account_id > served.account_id
                ORDER BY account_id, model, operation LIMIT 1)
        )
    ), latest AS MATERIALIZED (
        SELECT account_id, model, operation, (
            SELECT min(created_at) FROM (
                SELECT created_at FROM media_generation_attempts AS late
                WHERE {_ENDED} AND late.account_id = served.account_id AND late.model = served.model
                    AND late.operation = served.operation
                ORDER BY created_at DESC LIMIT {_LENGTH}
            ) AS fifty
        ) AS since FROM served
    )
    SELECT id FROM latest JOIN media_generation_attempts AS call
        ON call.account_id = latest.account_id AND call.model = latest.model AND call.operation = latest.operation
    WHERE {_ENDED} AND call.created_at >= latest.since
"""  # noqa: S608 (made of constants)


@dataclass(frozen=True)
class TrackRecord:
    """The latest calls of one model for one operation with one account. Times in seconds from sending to landing.

    `seconds` is the median, `seconds_low` and `seconds_high` are the 10th and the 90th percentile. `success_rate` 0-1
    counts what the provider is to blame for, not refused requests. Each is None where there are too few calls.
    """

    calls: int = 0
    seconds: float | None = None
    seconds_low: float | None = None
    seconds_high: float | None = None
    success_rate: float | None = None


class _Call(NamedTuple):
    provider: str
    model: str
    operation: str
    account_id: uuid.UUID | None
    state: str
    error__code: str | None
    submitted_at: datetime | None
    landed_at: datetime | None


_Served = tuple[str, str, str, uuid.UUID | None]
_NOTHING = TrackRecord()


def track_record(provider: str, model: str, operation: str, account_id: uuid.UUID | None = None) -> TrackRecord:
    """How the latest calls with one account went, or with all of them together; remembered for half a minute."""
    return track_records().get((provider, model, operation, account_id), _NOTHING)


def measured_seconds(provider: str, model: str, operation: str) -> float | None:
    """The median time from sending to landing of the model's latest calls; None while there are too few."""
    return track_record(provider, model, operation).seconds


@remembered_longer(_REMEMBERED)
def track_records() -> Mapping[_Served, TrackRecord]:
    """Every model's with each account, and with None for all of them together; read in one query."""
    faults = _codes_of(_FAULTS)
    calls: dict[_Served, list[_Call]] = defaultdict(list)
    for call in _latest_calls():
        if call.state in _DELIVERED or call.error__code in faults:
            calls[call[:4]].append(call)
            calls[*call[:3], None].append(call)
    return {served: _record_of(latest[:_LENGTH]) for served, latest in calls.items()}


def _latest_calls() -> Iterable[_Call]:
    """Those of every account, model and operation that have ended, the latest first."""
    latest = RawSQL(_LATEST, [])  # noqa: S611 (made of constants)
    attempts = GenerationAttempt.objects.filter(pk__in=latest, created_at__gt=from_now(-_REACH_S))
    return map(_Call._make, attempts.order_by("-created_at").values_list(*_Call._fields))


def _codes_of(kinds: Iterable[type[GenCraftError]]) -> frozenset[str]:
    """The codes of errors of these kinds and of all that are kinds of them."""
    return frozenset(code for kind in kinds for code in (kind.code, *_codes_of(kind.__subclasses__())))


def _record_of(calls: list[_Call]) -> TrackRecord:
    took_s = [
        (call.landed_at - call.submitted_at).total_seconds() for call in calls if call.submitted_at and call.landed_at
    ]
    delivered = sum(call.state in _DELIVERED for call in calls)
    rate = delivered / len(calls) if len(calls) >= _ENOUGH else None
    if len(took_s) < _ENOUGH:
        return TrackRecord(len(calls), success_rate=rate)
    tenths = statistics.quantiles(took_s, n=10, method="inclusive")
    return TrackRecord(len(calls), statistics.median(took_s), tenths[0], tenths[-1], rate)
