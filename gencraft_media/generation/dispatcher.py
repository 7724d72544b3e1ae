"""Finds due attempts in the database and publishes a hint for each, as many as there are free slots."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, FilteredRelation, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber

from gencraft_media.common.clock import from_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.generation.leases import LEASE_FREE
from gencraft_media.generation.limits import IN_PROVIDER, UNLIMITED
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
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
Publish = Callable[[uuid.UUID], object]


@dataclass(frozen=True)
class Lane:
    """One kind of work: the states it serves, how many may be in hand at once, and how a hint is published."""

    states: tuple[AttemptState, ...]
    slots: int
    publish: Publish


def dispatch_due(lanes: Sequence[Lane]) -> int:
    """Publish hints for due attempts of every lane, in fair order between projects; returns how many."""
    # Looked at without a transaction first: on SQLite each one takes the only write lock, and most rounds are idle.
    return sum(_dispatch(lane, lane.slots - busy) for lane, due, busy in _load(lanes) if due and busy < lane.slots)


def _load(lanes: Sequence[Lane]) -> list[tuple[Lane, int, int]]:
    """For each lane how many attempts are due, and how many steps are with a worker or hinted to one."""
    due = LEASE_FREE & Q(next_step_at__lte=Now())
    busy = Q(hinted_at__gt=from_now(-settings.HINT_PATIENCE_S)) | Q(lease_until__gt=Now())
    counts: dict[str, Count] = {}
    for number, lane in enumerate(lanes):
        in_lane = Q(state__in=lane.states)
        counts[f"due_{number}"] = Count("pk", filter=in_lane & due)
        counts[f"busy_{number}"] = Count("pk", filter=in_lane & busy)
    live = [state for lane in lanes for state in lane.states]
    found = GenerationAttempt.objects.filter(state__in=live).aggregate(**counts)
    return [(lane, found[f"due_{number}"], found[f"busy_{number}"]) for number, lane in enumerate(lanes)]


def _dispatch(lane: Lane, room: int) -> int:
    due = GenerationAttempt.objects.filter(LEASE_FREE, state__in=lane.states, next_step_at__lte=Now())
    free = _free_slots() if AttemptState.PLANNED in lane.states else {}
    full = {account_id for account_id, slots in free.items() if slots <= 0}
    if full:
        # Left out before the order is made, or they would take all the room; past its deadline a job ends all the same.
        due = due.exclude(state=AttemptState.PLANNED, account__in=full, job__deadline_at__gte=Now())
    order = _fair_order(due, room)
    with transaction.atomic():
        limited = {account_id: slots for account_id, slots in free.items() if account_id not in full}
        chosen = _within_account_limits(_locked(due.filter(pk__in=order), order), limited)
        GenerationAttempt.objects.filter(pk__in=chosen).update(
            hinted_at=Now(), next_step_at=from_now(settings.HINT_PATIENCE_S)
        )
    crashpoint("dispatch.before_publish")
    for attempt_id in chosen:
        lane.publish(attempt_id)
    return len(chosen)


def _fair_order(due: QuerySet[GenerationAttempt], room: int) -> list[uuid.UUID]:
    """The first due attempt of every project, then the second of every project, and so on."""
    turn = Window(RowNumber(), partition_by=[F("project_id")], order_by=[F("priority").desc(), F("next_step_at").asc()])
    return list(due.annotate(turn=turn).order_by("turn", "next_step_at").values_list("pk", flat=True)[:room])


def _locked(due: QuerySet[GenerationAttempt], order: list[uuid.UUID]) -> list[GenerationAttempt]:
    """Those rows that no other dispatcher is just hinting at, in the given order."""
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    rows = {row.pk: row for row in due.only("pk", "state", "account_id")}
    return [rows[pk] for pk in order if pk in rows]


def _free_slots() -> dict[uuid.UUID, int]:
    """How many more requests each limited provider account may have at once."""
    busy = FilteredRelation("attempts", condition=Q(attempts__state__in=IN_PROVIDER))
    limited = ProviderAccount.objects.exclude(concurrent_requests=UNLIMITED)
    rows = limited.annotate(busy=busy).annotate(taken=Count("busy")).values_list("pk", "concurrent_requests", "taken")
    return {account_id: allowed - taken for account_id, allowed, taken in rows}


def _within_account_limits(due: list[GenerationAttempt], free: dict[uuid.UUID, int]) -> list[uuid.UUID]:
    """Without the new submissions that would only be sent back for want of a slot at their provider account."""
    chosen: list[uuid.UUID] = []
    for attempt in due:
        if attempt.state == AttemptState.PLANNED and attempt.account_id in free:
            if free[attempt.account_id] <= 0:
                continue
            free[attempt.account_id] -= 1
        chosen.append(attempt.pk)
    return chosen


def standard_lanes() -> list[Lane]:
    """The two lanes of the engine, over Celery."""
    from gencraft_media.generation.tasks import generate, upload

    return [
        Lane(PROVIDER_STATES, settings.WORKER_IO_SLOTS, lambda pk: generate.apply_async((str(pk),), **_HINT)),
        # One picture waits at the door for each that is being worked on, or a core would idle until the next round.
        Lane(MEDIA_STATES, 2 * settings.WORKER_MEDIA_SLOTS, lambda pk: upload.apply_async((str(pk),), **_HINT)),
    ]
