"""The figures at the top of the dashboard, each a card."""

import uuid
from decimal import Decimal

from billing.models import EntryKind
from gencraft_media.analytics.live import JobsNow
from gencraft_media.analytics.promises import OK, TOO_FEW, Promise
from gencraft_media.analytics.selectors import LatencyFigures, Stored, UsageFigures
from gencraft_media.console.dashboard.formats import (
    NOTHING,
    bytes_text,
    count_text,
    many,
    money_text,
    seconds_text,
    share_text,
)
from gencraft_media.console.dashboard.showing import Card

GOOD, WARNING, BAD = "good", "warning", "bad"
_FINE, _POOR = 0.98, 0.9
_TONES = {OK: GOOD, TOO_FEW: ""}


def now_cards(now: JobsNow, link: str) -> list[Card]:
    """What the engine has in hand."""
    return [
        Card("Queued", count_text(now.queued), "jobs that wait", link=link),
        Card("Running", count_text(now.running), "jobs in hand", link=link),
        Card("Stuck", count_text(now.stuck), "due, and nobody at work", BAD if now.stuck else "", link),
    ]


def result_cards(total: UsageFigures, latency: LatencyFigures | None, project_id: uuid.UUID | None) -> list[Card]:
    """What became of jobs in the period, and how long they took."""
    whose = "of all projects" if project_id is not None else "from request to picture"
    p50, p95 = (latency.p50_s, latency.p95_s) if latency is not None else (None, None)
    jobs = f"{count_text(total.completed)} completed, {count_text(total.failed)} failed"
    if total.cancelled:
        jobs += f", {count_text(total.cancelled)} cancelled"
    return [
        Card("Success", _share(total.success), jobs, _tone_of(total.success)),
        Card("Pictures", count_text(total.outputs), f"of {many(total.jobs, 'job')}"),
        Card("p50", NOTHING if p50 is None else seconds_text(p50), whose),
        Card("p95", NOTHING if p95 is None else seconds_text(p95), whose),
    ]


def money_cards(total: UsageFigures, moved: dict[str, int], project_id: uuid.UUID | None) -> list[Card]:
    """What came in and what went out; credits are sold to owners, not to projects."""
    sold = count_text(moved.get(EntryKind.PURCHASE, 0))
    granted = moved.get(EntryKind.GRANT, 0) + moved.get(EntryKind.ADJUST, 0)
    return [
        Card("Revenue", money_text(total.revenue), "what clients paid for pictures"),
        Card("Provider cost", money_text(total.provider_cost), f"{count_text(total.costs)} confirmed"),
        Card("Margin", money_text(total.margin), _share(total.margin_share), BAD if total.margin < 0 else ""),
        Card("Credits spent", count_text(total.credits), money_text(Decimal(total.credits) / 100)),
        Card(
            "Credits sold",
            sold,
            f"{count_text(granted)} granted" + (", all owners" if project_id is not None else ""),
        ),
    ]


def storage_cards(stored: Stored) -> list[Card]:
    """What lies in the storage now."""
    share = stored.saved_bytes / stored.original_bytes if stored.original_bytes else None
    return [
        Card("Stored", bytes_text(stored.size_bytes), f"{many(stored.assets, 'picture')} for browsers"),
        Card("Bytes saved", bytes_text(stored.saved_bytes), f"{_share(share)} less than the originals weigh"),
    ]


def promise_card(promise: Promise) -> Card:
    """One of the specification's metrics."""
    sign = "≥" if promise.at_least else "≤"
    sample = f"{count_text(promise.sample)} {promise.unit}"
    return Card(
        promise.title,
        _share(promise.value),
        f"{sign} {share_text(promise.target)} · {sample} in {promise.window_days} days",
        _TONES.get(promise.state, BAD),
    )


def _share(share: float | None) -> str:
    return NOTHING if share is None else share_text(share)


def _tone_of(success: float | None) -> str:
    if success is None or success >= _FINE:
        return ""
    return WARNING if success >= _POOR else BAD
