"""Finds due attempts in the database and publishes a hint for each, as many as there are free slots.

By plain SQL: it looks many times a second, and the ORM would take most of its time.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Count

from gencraft_media.common.clock import from_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.remembered import remembered
from gencraft_media.common.rows import LATER, NOW, column_value
from gencraft_media.generation.limits import IN_PROVIDER, UNLIMITED
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.turns import Turns
from providers.models import ProviderAccount

PROVIDER_STATES = (
    AttemptState.PLANNED,
    AttemptState.SUBMITTING,
    AttemptState.UNKNOWN,
    AttemptState.ACCEPTED,
)
MEDIA_STATES = (AttemptState.LANDED,)
# Not retried by Celery, and worth nothing after a minute: without workers, the broker does not fill with hints.
_HINT: dict[str, Any] = {"retry": False, "expires": 60}
_DUE = "(lease_until IS NULL OR lease_until < {now}) AND next_step_at <= {now}"
_BUSY = "(hinted_at > {patience} OR lease_until > {now})"
# New submissions have to wait for a slot at their provider account; past its deadline a job ends all the same.
_WAITING = """state = 'planned' AND account_id IN ({accounts}) AND EXISTS (
    SELECT 1 FROM media_generation_jobs AS job
    WHERE job.id = media_generation_attempts.job_id AND job.deadline_at >= {now}
)"""
Publish = Callable[[uuid.UUID], object]
# Of each kind of work.
_turns: dict[tuple[AttemptState, ...], Turns] = defaultdict(Turns)


@dataclass(frozen=True)
class Lane:
    """One kind of work: the states it serves, how many may be in hand at once, and how a hint is published."""

    states: tuple[AttemptState, ...]
    slots: int
    publish: Publish


class _Due(NamedTuple):
    """An attempt whose next step is due."""

    pk: uuid.UUID
    state: str
    account_id: uuid.UUID | None
    project_id: uuid.UUID


def dispatch_due(lanes: Sequence[Lane]) -> int:
    """Publish hints for due attempts of every lane, in fair order between projects; returns how many."""
    # Looked at without a transaction first: on SQLite each one takes the only write lock, and most rounds are idle.
    return sum(_dispatch(lane, lane.slots - busy) for lane, due, busy in _load(lanes) if due and busy < lane.slots)


def _load(lanes: Sequence[Lane]) -> list[tuple[Lane, int, int]]:
    """For each lane how many attempts are due, and how many steps are with a worker or hinted to one."""
    counts, values = [], []
    for lane in lanes:
        for condition in (_DUE, _BUSY):
            counts.append(f"COUNT(*) FILTER (WHERE state IN ({_marks(lane.states)}) AND {condition})")
            values += [*lane.states, *([_span(-settings.HINT_PATIENCE_S)] if condition is _BUSY else [])]
    every = [state for lane in lanes for state in lane.states]
    # Only conditions of this module and placeholders are put in here, and below.
    sql = f"SELECT {', '.join(counts)} FROM media_generation_attempts WHERE state IN ({_marks(every)})"  # noqa: S608
    found = _rows(sql, [*values, *every])[0]
    return [(lane, found[2 * number], found[2 * number + 1]) for number, lane in enumerate(lanes)]


def _dispatch(lane: Lane, room: int) -> int:
    free = _free_slots() if AttemptState.PLANNED in lane.states else {}
    # Left out before the order is made, or they would take all the room.
    full = [account_id for account_id, slots in free.items() if slots <= 0]
    limited = {account_id: slots for account_id, slots in free.items() if slots > 0}
    chosen = _within_account_limits(_in_fair_order(lane, room, full), limited)
    hinted = _mark(chosen) if chosen else frozenset()
    _turns[lane.states].serve(attempt.project_id for attempt in chosen if attempt.pk in hinted)
    crashpoint("dispatch.before_publish")
    for attempt in chosen:
        if attempt.pk in hinted:
            lane.publish(attempt.pk)
    return len(hinted)


def _in_fair_order(lane: Lane, room: int, full: Sequence[uuid.UUID]) -> list[_Due]:
    """The first due attempt of every project, then the second of every project, and so on.

    Those served last come last: where slots become free one by one, a project would else get each of them for having
    waited longer with the rest of its work.
    """
    served = _turns[lane.states].places()
    sql = f"""
        SELECT id, state, account_id, project_id FROM (
            SELECT id, state, account_id, project_id, next_step_at,
                ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY priority DESC, next_step_at) AS turn
            FROM media_generation_attempts
            WHERE state IN ({_marks(lane.states)}) AND {_DUE}
                {f"AND NOT ({_WAITING.replace('{accounts}', _marks(full))})" if full else ""}
        ) AS due {f"LEFT JOIN (VALUES {', '.join(['(%s, %s)'] * len(served))}) AS served" if served else ""}
        {"ON served.column1 = due.project_id" if served else ""}
        ORDER BY turn, {"COALESCE(served.column2, 0), " if served else ""}next_step_at LIMIT %s
    """  # noqa: S608
    places = [value for project_id, place in served for value in (_key(project_id), place)]
    found = _rows(sql, [*lane.states, *map(_key, full), *places, room])
    return [_Due(_uuid(pk), state, account and _uuid(account), _uuid(project)) for pk, state, account, project in found]


def _mark(chosen: Sequence[_Due]) -> frozenset[uuid.UUID]:
    """Put off the next look at those that no other dispatcher is just hinting at: they are this one's."""
    keys = [_key(attempt.pk) for attempt in chosen]
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    sql = f"""
        UPDATE media_generation_attempts SET hinted_at = {{now}}, next_step_at = {{patience}} WHERE id IN (
            SELECT id FROM media_generation_attempts WHERE id IN ({_marks(chosen)}) AND {_DUE} {lock}
        ) RETURNING id
    """  # noqa: S608
    return frozenset(_uuid(pk) for (pk,) in _rows(sql, [_span(settings.HINT_PATIENCE_S), *keys]))


def _rows(sql: str, values: Sequence[Any]) -> list[Any]:
    now = NOW[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(now=now, patience=LATER[connection.vendor].format(now=now)), values)
        return list(cursor.fetchall())


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _span(seconds: float) -> Any:
    return column_value(GenerationAttempt, "next_step_at", from_now(seconds))


def _key(pk: uuid.UUID) -> Any:
    return column_value(GenerationAttempt, "id", pk)


def _uuid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)


def _free_slots() -> dict[uuid.UUID, int]:
    """How many more requests each limited provider account may have at once."""
    allowed = _limited_accounts()
    if not allowed:
        return {}
    busy = GenerationAttempt.objects.filter(account__in=allowed, state__in=IN_PROVIDER).values_list("account")
    taken = dict(busy.annotate(taken=Count("pk")))
    return {account_id: slots - taken.get(account_id, 0) for account_id, slots in allowed.items()}


@remembered
def _limited_accounts() -> dict[uuid.UUID, int]:
    limited = ProviderAccount.objects.exclude(concurrent_requests=UNLIMITED)
    return dict(limited.values_list("pk", "concurrent_requests"))


def _within_account_limits(due: list[_Due], free: dict[uuid.UUID, int]) -> list[_Due]:
    """Without the new submissions that would only be sent back for want of a slot at their provider account."""
    chosen: list[_Due] = []
    for attempt in due:
        if attempt.state == AttemptState.PLANNED and attempt.account_id in free:
            if free[attempt.account_id] <= 0:
                continue
            free[attempt.account_id] -= 1
        chosen.append(attempt)
    return chosen


def standard_lanes() -> list[Lane]:
    """The two lanes of the engine, over Celery."""
    from gencraft_media.generation.tasks import generate, upload

    return [
        Lane(PROVIDER_STATES, settings.WORKER_IO_SLOTS, lambda pk: generate.apply_async((str(pk),), **_HINT)),
        # One picture waits at the door for each that is being worked on, or a core would idle until the next round.
        Lane(MEDIA_STATES, 2 * settings.WORKER_MEDIA_SLOTS, lambda pk: upload.apply_async((str(pk),), **_HINT)),
    ]
