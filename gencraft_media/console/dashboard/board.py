"""The overview of the SuperAdmin site: what runs, what came of it, what it cost, and what waits for somebody."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from gencraft_media.analytics.alerts import Alert, operator_alerts
from gencraft_media.analytics.exports import quotas_table
from gencraft_media.analytics.live import JobsNow, jobs_now, webhook_state
from gencraft_media.analytics.periods import Period
from gencraft_media.analytics.promises import promises
from gencraft_media.analytics.selectors import (
    SHOWN,
    SLOT,
    UsageFigures,
    counted_until,
    credits_by_kind,
    latency_by,
    latency_rows,
    regrouped,
    stored,
    usage_by,
)
from gencraft_media.analytics.tables import by_slot, days, models, pattern, providers
from gencraft_media.console.dashboard.cards import (
    money_cards,
    now_cards,
    promise_card,
    result_cards,
    storage_cards,
)
from gencraft_media.console.dashboard.charts import Chart, Series, bar_chart
from gencraft_media.console.dashboard.filters import SEES, SEES_MONEY, FilterBar, read_filters
from gencraft_media.console.dashboard.formats import count_text, money_text
from gencraft_media.console.dashboard.links import records_link
from gencraft_media.console.dashboard.showing import Card, ShownTable, show_table
from gencraft_media.console.dashboard.states import State, states

_JOBS = "generation.GenerationJob"


@dataclass(frozen=True)
class Board:
    """Everything that the overview shows."""

    bar: FilterBar
    alerts: list[tuple[Alert, str]]
    now: list[Card]
    results: list[Card]
    money: list[Card]
    storage: list[Card]
    promises: list[Card]
    charts: list[Chart]
    tables: list[ShownTable]
    days: ShownTable
    quotas: ShownTable
    states: list[State]
    counted_until: Any
    is_empty: bool


def dashboard_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: what the template of the site's index is given beside the usual."""
    board = board_of(request) if request.user.has_perm(SEES) else None
    return {**context, "title": "Overview", "board": board}


def board_of(request: HttpRequest) -> Board:
    """The overview with the filters of the request."""
    bar = read_filters(request)
    period, project_id = bar.filters.period, bar.filters.project_id
    finance = request.user.has_perm(SEES_MONEY)
    usage = usage_by(bar.filters, SLOT, "provider", "model", only=SHOWN)
    [total] = regrouped(usage)
    times = latency_rows(period)
    latency = {key: latency_by(key, times) for key in ("", "provider", "model")}
    now = jobs_now(project_id)
    return Board(
        bar=bar,
        alerts=[
            (alert, records_link(request, alert.about))
            for alert in operator_alerts()
            if finance or not alert.is_of_money
        ],
        now=now_cards(now, records_link(request, _JOBS)),
        results=result_cards(total, next(iter(latency[""]), None), project_id),
        money=money_cards(total, credits_by_kind(period), project_id) if finance else [],
        storage=storage_cards(stored(project_id)),
        promises=[promise_card(promise) for promise in promises()],
        charts=charts_of(usage, period, finance=finance),
        tables=[
            show_table(providers(usage, latency["provider"], finance=finance), query=bar.query),
            show_table(models(usage, latency["model"], finance=finance), query=bar.query, most=10),
        ],
        days=show_table(days(usage, period, finance=finance), query=bar.query, most=100),
        quotas=show_table(quotas_table(bar.filters, most=8), query=bar.query, bar_of="share"),
        states=states(request, webhook_state(period, project_id)),
        counted_until=counted_until(),
        is_empty=_is_empty(total, now, project_id),
    )


def charts_of(usage: Sequence[UsageFigures], period: Period, *, finance: bool) -> list[Chart]:
    """Jobs and money by day, or by hour."""
    slots = by_slot(usage, period)
    names = [f"{slot:{pattern(period)}}" for slot, _ in slots]
    unit = "hour" if period.hourly else "day"
    rows = [row for _, row in slots]
    jobs = [
        Series("completed", "good", [row.completed for row in rows]),
        Series("failed", "bad", [row.failed for row in rows]),
        Series("cancelled", "quiet", [row.cancelled for row in rows]),
    ]
    charts = [bar_chart(f"Jobs by {unit}", names, jobs, _count, stacked=True)]
    if finance:
        money = [
            Series("revenue", "main", [row.revenue for row in rows]),
            Series("provider cost", "second", [row.provider_cost for row in rows]),
        ]
        charts.append(bar_chart(f"Revenue and cost by {unit}", names, money, _dollars, stacked=False))
    else:
        outputs = [Series("pictures", "main", [row.outputs for row in rows])]
        charts.append(bar_chart(f"Pictures by {unit}", names, outputs, _count, stacked=True))
    return charts


def _is_empty(total: UsageFigures, now: JobsNow, project_id: uuid.UUID | None) -> bool:
    return project_id is None and not (total.jobs or total.outputs or now.queued or now.running)


def _count(value: float) -> str:
    return count_text(round(value)) if value == round(value) else f"{value:g}"


def _dollars(value: float) -> str:
    return money_text(Decimal(str(round(value, 6))))
