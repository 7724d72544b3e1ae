"""Finds due deliveries and publishes a hint for each: few at once, fewer for each receiver, and trouble apart.

Three limits keep a slow receiver from delaying another. A receiver has four requests under way at most. Those in
trouble (a repetition, or an endpoint that fails or is slow) have half of all slots at most. The others leave them a
quarter, so that nobody waits for ever. What an operator has paused waits without taking any of it.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from gencraft_media.common.clock import from_now
from gencraft_media.common.rows import LATER, NOW, column_value
from gencraft_media.common.versioned import current_settings
from gencraft_media.webhooks.claims import lease_s
from gencraft_media.webhooks.models import WebhookDelivery, WebhookSettings
from gencraft_media.webhooks.pausing import Pauses, present_pauses

# Requests that one receiver has under way.
PER_RECEIVER = 4
Publish = Callable[[uuid.UUID], object]
# Whatever somebody has in hand is due later, so this alone tells what is due.
_DUE = "delivery.state = 'pending' AND delivery.next_attempt_at <= {now}"
_TROUBLED = """CASE WHEN delivery.step > 0 OR COALESCE(endpoint.consecutive_failures, 0) > 0
    OR COALESCE(endpoint.is_slow, FALSE) THEN 1 ELSE 0 END"""
_JOINED = """webhook_deliveries AS delivery
    LEFT JOIN webhook_endpoints AS endpoint ON endpoint.id = delivery.endpoint_id"""
_ANY_DUE = f"SELECT 1 FROM webhook_deliveries AS delivery WHERE {_DUE} LIMIT 1"  # noqa: S608 (constants of this module, here and below)
# Nothing that is in hand is due later than a lease lasts: retries of next week are not looked at.
_IN_HAND = f"""
    SELECT lane, troubled, COUNT(*) FROM (
        SELECT delivery.lane, {_TROUBLED} AS troubled FROM {_JOINED}
        WHERE delivery.state = 'pending' AND delivery.next_attempt_at > {{now}}
            AND delivery.next_attempt_at <= {{later}}
            AND (delivery.hinted_at > {{later}} OR delivery.lease_until > {{now}})
    ) AS busy GROUP BY lane, troubled
"""  # noqa: S608
_CHOICE = f"""
    SELECT id, lane, troubled FROM (
        SELECT id, lane, troubled, ROW_NUMBER() OVER (PARTITION BY troubled ORDER BY turn, next_attempt_at) AS place
        FROM (
            SELECT delivery.id, delivery.lane, {_TROUBLED} AS troubled, delivery.next_attempt_at,
                ROW_NUMBER() OVER (PARTITION BY delivery.lane ORDER BY delivery.next_attempt_at) AS turn
            FROM {_JOINED} WHERE {_DUE} {{but}}
        ) AS due WHERE turn <= {PER_RECEIVER}
    ) AS placed WHERE place <= %s ORDER BY place
"""  # noqa: S608
_MARK = f"""
    UPDATE webhook_deliveries SET hinted_at = {{now}}, next_attempt_at = {{later}} WHERE id IN (
        SELECT id FROM webhook_deliveries AS delivery WHERE id IN ({{chosen}}) AND {_DUE} {{lock}}
    ) RETURNING id
"""  # noqa: S608


class _Condition(NamedTuple):
    """A part of a condition, with its values."""

    sql: str
    values: Sequence[Any] = ()


class _Due(NamedTuple):
    """A delivery that may be sent now."""

    pk: Any
    lane: Any
    troubled: int


def dispatch_deliveries(publish: Publish) -> int:
    """Publish hints for due deliveries; returns how many."""
    if not _rows(_ANY_DUE):
        return 0
    in_hand = _in_hand()
    room = settings.WEBHOOK_SLOTS - sum(in_hand.values())
    if room <= 0:
        return 0
    chosen = _within_limits(_choice(in_hand, _unless_paused(present_pauses())), in_hand, room)
    hinted = _mark(chosen) if chosen else []
    for pk in hinted:
        publish(pk)
    return len(hinted)


def _in_hand() -> Counter[tuple[Any, int]]:
    """How many deliveries are with a sender or hinted to one, by receiver and trouble."""
    spans = [lease_s(current_settings(WebhookSettings)) + settings.HINT_PATIENCE_S, -settings.HINT_PATIENCE_S]
    return Counter({(lane, troubled): count for lane, troubled, count in _rows(_IN_HAND, map(_span, spans))})


def _unless_paused(pauses: Pauses) -> _Condition:
    """Leaves out what a pause holds back."""
    if not pauses.others:
        return _Condition("AND FALSE" if pauses.everywhere else "")
    projects = [column_value(WebhookDelivery, "project_id", project_id) for project_id in sorted(pauses.others)]
    one_of = "IN" if pauses.everywhere else "NOT IN"
    return _Condition(f"AND delivery.project_id {one_of} ({_marks(projects)})", projects)


def _choice(in_hand: Counter[tuple[Any, int]], unless_paused: _Condition) -> list[_Due]:
    """What is due, a first one of every receiver, then a second one, and so on; full receivers are left out."""
    taken = _by_lane(in_hand)
    full = [lane for lane, count in taken.items() if count >= PER_RECEIVER]
    but = f"AND delivery.lane NOT IN ({_marks(full)}) " if full else ""
    sql = _CHOICE.replace("{but}", but + unless_paused.sql)
    return [_Due(*found) for found in _rows(sql, [*full, *unless_paused.values, settings.WEBHOOK_SLOTS])]


def _within_limits(due: Sequence[_Due], in_hand: Counter[tuple[Any, int]], room: int) -> list[Any]:
    slots: int = settings.WEBHOOK_SLOTS
    most = {0: slots - slots // 4, 1: max(1, slots // 2)}
    taken = _by_lane(in_hand)
    kinds = Counter({kind: sum(count for (_, one), count in in_hand.items() if one == kind) for kind in most})
    chosen: list[Any] = []
    for one in due:
        if len(chosen) < room and taken[one.lane] < PER_RECEIVER and kinds[one.troubled] < most[one.troubled]:
            taken[one.lane] += 1
            kinds[one.troubled] += 1
            chosen.append(one.pk)
    return chosen


def _by_lane(in_hand: Counter[tuple[Any, int]]) -> Counter[Any]:
    taken: Counter[Any] = Counter()
    for (lane, _), count in in_hand.items():
        taken[lane] += count
    return taken


def _mark(chosen: Sequence[Any]) -> list[uuid.UUID]:
    """Put off the next look at those that no other dispatcher is just hinting at: they are this one's."""
    lock = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    sql = _MARK.replace("{chosen}", _marks(chosen)).replace("{lock}", lock)
    hinted = {pk for (pk,) in _rows(sql, [_span(settings.HINT_PATIENCE_S), *chosen])}
    return [pk if isinstance(pk, uuid.UUID) else uuid.UUID(pk) for pk in chosen if pk in hinted]


def _rows(sql: str, values: Any = ()) -> list[Any]:
    now = NOW[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(sql.format(now=now, later=LATER[connection.vendor].format(now=now)), list(values))
        return list(cursor.fetchall())


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))


def _span(seconds: float) -> Any:
    return column_value(WebhookDelivery, "next_attempt_at", from_now(seconds))
