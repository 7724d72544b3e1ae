"""Finds due attempts in the database and publishes a hint for each, as many as there are free slots.

By plain SQL: it looks many times a second, and the ORM would take most of its time.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.generation.attempt_rows import attempt_rows, key, marks, span, uuid_in
from gencraft_media.generation.limits import IN_PROVIDER
from gencraft_media.generation.slots import Free, free_slots
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.turns import Line, Turns
from gencraft_media.generation.weights import weights_of

PROVIDER_STATES = (
    AttemptState.PLANNED,
    AttemptState.SUBMITTING,
    AttemptState.UNKNOWN,
    AttemptState.ACCEPTED,
)
MEDIA_STATES = (AttemptState.LANDED,)
# Not retried by Celery, and worth nothing after a minute: without workers, the broker does not fill with hints.
_HINT: dict[str, Any] = {"retry": False, "expires": 60}
DUE = "(lease_until IS NULL OR lease_until < {now}) AND next_step_at <= {now}"
_BUSY = "(hinted_at > {later} OR lease_until > {now})"
# New submissions have to wait for a slot at their provider account; past its deadline a job ends all the same. Where
# only its minute is full, another model may step in: a job that allows it is looked at at once and now and then.
_WAITING = """account_id IS NOT NULL AND state = 'planned' AND account_id IN ({accounts}) AND EXISTS (
    SELECT 1 FROM media_generation_jobs AS job
    WHERE job.id = media_generation_attempts.job_id AND job.deadline_at >= {now} AND (
        job.wish = '{{}}' OR NOT {by_minute}
        OR media_generation_attempts.fence > 0 AND media_generation_attempts.next_step_at > {later}
    )
)"""
_LOOK_AGAIN_S = 15.0
_OUTPUTS = "(SELECT COUNT(*) FROM media_generation_attempt_items AS served WHERE served.attempt_id = due.id)"
Publish = Callable[[uuid.UUID], object]
_Full = Mapping[uuid.UUID, Free]
# Of each kind of work.
_turns: dict[tuple[AttemptState, ...], Turns] = defaultdict(Turns)


@dataclass(frozen=True)
class Lane:
    """One kind of work: the states it serves, how many may be in hand at once, and how a hint is published."""

    states: tuple[AttemptState, ...]
    slots: int
    publish: Publish


class _Load(NamedTuple):
    """How many attempts of a lane are due, and how many steps are with a worker or hinted to one."""

    due: int
    busy: int


class _Queue(NamedTuple):
    """How many due steps a project has, and how many of them the provider has already."""

    total: int
    begun: int


class _Due(NamedTuple):
    """An attempt whose next step is due, and the outputs it serves."""

    pk: uuid.UUID
    state: str
    account_id: uuid.UUID | None
    project_id: uuid.UUID
    outputs: int

    @property
    def cost(self) -> int:
        """What its project pays in its turn: looking after what is under way already costs nothing."""
        return 0 if self.state in IN_PROVIDER else max(self.outputs, 1)


def dispatch_due(lanes: Sequence[Lane]) -> int:
    """Publish hints for due attempts of every lane, in fair order between projects; returns how many."""
    # Looked at without a transaction first: on SQLite each one takes the only write lock, and most rounds are idle.
    published = 0
    for lane, load in zip(lanes, _loads(lanes), strict=True):
        if not load.due:
            _turns[lane.states].rest()
        elif load.busy < lane.slots:
            published += _dispatch(lane, load)
    return published


def _loads(lanes: Sequence[Lane]) -> list[_Load]:
    counts, values = [], []
    for lane in lanes:
        for condition in (DUE, _BUSY):
            counts.append(f"COUNT(*) FILTER (WHERE state IN ({marks(lane.states)}) AND {condition})")
            values += [*lane.states, *([span(-settings.HINT_PATIENCE_S)] if condition is _BUSY else [])]
    every = [state for lane in lanes for state in lane.states]
    # Only conditions of this module and placeholders are put in here, and below.
    sql = f"SELECT {', '.join(counts)} FROM media_generation_attempts WHERE state IN ({marks(every)})"  # noqa: S608
    found = attempt_rows(sql, [*values, *every])[0]
    return [_Load(*found[place : place + 2]) for place in range(0, len(found), 2)]


def _dispatch(lane: Lane, load: _Load) -> int:
    free = free_slots() if AttemptState.PLANNED in lane.states else {}
    # Left out before the order is made, or they would take all the room.
    full = {account_id: slots for account_id, slots in free.items() if slots.number <= 0}
    room = {account_id: slots.number for account_id, slots in free.items() if slots.number > 0}
    chosen = _in_fair_order(lane, load, full, room)
    hinted = _mark(chosen) if chosen else frozenset()
    for attempt in chosen:
        if attempt.pk not in hinted:
            _turns[lane.states].give_back(attempt.project_id, attempt.cost)
    crashpoint("dispatch.before_publish")
    for attempt in chosen:
        if attempt.pk in hinted:
            lane.publish(attempt.pk)
    return len(hinted)


def _in_fair_order(lane: Lane, load: _Load, full: _Full, free: dict[uuid.UUID, int]) -> list[_Due]:
    """Whose turns are next; as many rows are read as each project would have if all attempts were alike."""
    turns, room = _turns[lane.states], lane.slots - load.busy
    queues = _queues(lane, full)
    weights = weights_of(queues)
    shares = turns.shares(
        {key: Line(range(size.total), size.total, size.begun, weights[key]) for key, size in queues.items()}, room
    )
    read = _first_due(lane, shares, full) if shares else {}
    lines = {
        project_id: Line(read.get(project_id, []), size.total, size.begun, weights[project_id])
        for project_id, size in queues.items()
    }
    chosen = [attempt for _, attempt in turns.choose(lines, room, cost=lambda due: due.cost, fits=_fitting(free))]
    if len(chosen) >= load.due:
        turns.rest()
    return chosen


def _fitting(free: dict[uuid.UUID, int]) -> Callable[[_Due], bool]:
    """Whether an attempt would not be sent back for want of a slot at its provider account; takes the slot."""

    def fits(attempt: _Due) -> bool:
        if attempt.state != AttemptState.PLANNED or attempt.account_id not in free:
            return True
        free[attempt.account_id] -= 1
        return free[attempt.account_id] >= 0

    return fits


def _queues(lane: Lane, full: _Full) -> dict[uuid.UUID, _Queue]:
    """What each project has due, the one that waits longest first."""
    sql = f"""
        SELECT project_id, COUNT(*), COUNT(*) FILTER (WHERE state IN ({marks(IN_PROVIDER)}))
        FROM media_generation_attempts WHERE {_servable(lane, full)}
        GROUP BY project_id ORDER BY MIN(next_step_at)
    """  # noqa: S608
    found = attempt_rows(sql, [*IN_PROVIDER, *lane.states, *_of_the_full(full)])
    return {uuid_in(project_id): _Queue(total, begun) for project_id, total, begun in found}


def _first_due(lane: Lane, shares: Mapping[uuid.UUID, int], full: _Full) -> dict[uuid.UUID, list[_Due]]:
    """So many due attempts of each project: those under way first, then by priority, then those due longest."""
    projects = list(map(key, shares))
    sql = f"""
        SELECT id, state, account_id, project_id, {_OUTPUTS} FROM (
            SELECT id, state, account_id, project_id, ROW_NUMBER() OVER (
                PARTITION BY project_id ORDER BY state = 'planned', priority DESC, next_step_at
            ) AS turn FROM media_generation_attempts
            WHERE {_servable(lane, full)} AND project_id IN ({marks(projects)})
        ) AS due JOIN (VALUES {", ".join(["(%s, %s)"] * len(projects))}) AS share ON share.column1 = due.project_id
        WHERE turn <= share.column2 ORDER BY turn
    """  # noqa: S608
    granted = [value for project_id, number in shares.items() for value in (key(project_id), number)]
    read: dict[uuid.UUID, list[_Due]] = defaultdict(list)
    values = [*lane.states, *_of_the_full(full), *projects, *granted]
    for pk, state, account, project, outputs in attempt_rows(sql, values):
        due = _Due(uuid_in(pk), state, account and uuid_in(account), uuid_in(project), outputs)
        read[due.project_id].append(due)
    return read


def _servable(lane: Lane, full: _Full) -> str:
    waiting = _WAITING.replace("{accounts}", marks(list(full))).replace("{by_minute}", _among(_by_minute(full)))
    held = f"AND NOT ({waiting})" if full else ""
    return f"state IN ({marks(lane.states)}) AND {DUE} {held}"


def _among(accounts: Sequence[uuid.UUID]) -> str:
    return f"media_generation_attempts.account_id IN ({marks(accounts)})" if accounts else "(1 = 0)"


def _by_minute(full: _Full) -> list[uuid.UUID]:
    """The accounts that have a slot, and no request of this minute left."""
    return [account_id for account_id, slots in full.items() if slots.has_slot]


def _of_the_full(full: _Full) -> list[Any]:
    """The values of what `_servable` says of full accounts."""
    return [*map(key, full), *map(key, _by_minute(full)), span(-_LOOK_AGAIN_S)] if full else []


def _mark(chosen: Sequence[_Due]) -> frozenset[uuid.UUID]:
    """Put off the next look at those that no other dispatcher is just hinting at: they are this one's."""
    keys = [key(attempt.pk) for attempt in chosen]
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    sql = f"""
        UPDATE media_generation_attempts SET hinted_at = {{now}}, next_step_at = {{later}} WHERE id IN (
            SELECT id FROM media_generation_attempts WHERE id IN ({marks(chosen)}) AND {DUE} {lock}
        ) RETURNING id
    """  # noqa: S608
    return frozenset(uuid_in(pk) for (pk,) in attempt_rows(sql, [span(settings.HINT_PATIENCE_S), *keys]))


def standard_lanes() -> list[Lane]:
    """The two lanes of the engine, over Celery."""
    from gencraft_media.generation.tasks import generate, upload

    return [
        Lane(PROVIDER_STATES, settings.WORKER_IO_SLOTS, lambda pk: generate.apply_async((str(pk),), **_HINT)),
        # One picture waits at the door for each that is being worked on, or a core would idle until the next round.
        Lane(MEDIA_STATES, 2 * settings.WORKER_MEDIA_SLOTS, lambda pk: upload.apply_async((str(pk),), **_HINT)),
    ]
