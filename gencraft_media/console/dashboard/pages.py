"""Analytics, promises and CSV files, as pages of the SuperAdmin site."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from gencraft_media.analytics.exports import TABLES, csv_lines, table_of
from gencraft_media.analytics.promises import WINDOW_DAYS, Promise, promises
from gencraft_media.analytics.selectors import SLOT, UsageFigures, counted_until, regrouped, usage_by
from gencraft_media.analytics.tables import alternative_price, report
from gencraft_media.console.dashboard.board import charts_of
from gencraft_media.console.dashboard.cards import BAD, promise_card
from gencraft_media.console.dashboard.filters import SEES, SEES_MONEY, read_filters
from gencraft_media.console.dashboard.formats import NOTHING, count_text, money_text, share_text
from gencraft_media.console.dashboard.links import records_link
from gencraft_media.console.dashboard.showing import Card, show_table
from gencraft_media.console.site_pages import page_context, register_page

_REPORTED = ("jobs", "completed", "failed", "cancelled", "outputs", "credits", "provider_cost", "revenue")


def analytics_page(request: HttpRequest) -> HttpResponseBase:
    """Who made what, what it cost and earned, and what it would have cost elsewhere."""
    bar, finance = read_filters(request), request.user.has_perm(SEES_MONEY)
    people = usage_by(bar.filters, "project_id", "user_id", only=_REPORTED)
    makers = usage_by(bar.filters, SLOT, "provider", "model", "operation", only=_REPORTED)
    tables = (
        report(people, "project_id", title="By project", heading="Project", finance=finance),
        report(people, "user_id", title="By user", heading="User", finance=finance),
        report(makers, "provider", "model", title="By model", heading="Model", finance=finance, key="model-reports"),
        report(makers, "operation", title="By operation", heading="Operation", finance=finance),
    )
    [total] = regrouped(makers)
    context = {
        "bar": bar,
        "cards": [*_activity_cards(total, people, len(bar.filters.period.slots)), *_money_cards(total, finance)],
        "charts": charts_of(makers, bar.filters.period, finance=finance),
        "tables": [show_table(table, query=bar.query) for table in tables],
        "alternative": money_text(alternative_price()) if finance else "",
        "settings_link": records_link(request, "analytics.ReportSettings"),
        "counted_until": counted_until(),
    }
    return TemplateResponse(request, "dashboard/analytics.html", {**page_context(request, "Analytics"), **context})


def promises_page(request: HttpRequest) -> HttpResponseBase:
    """The specification's metrics, with how each is counted."""
    found = promises()
    context = {
        "promises": [(promise, promise_card(promise), _needed(promise)) for promise in found],
        "csv": reverse("admin:analytics_csv", args=["promises"]),
        "window_days": WINDOW_DAYS,
        "counted_until": counted_until(),
    }
    return TemplateResponse(request, "dashboard/promises.html", {**page_context(request, "Promises"), **context})


def csv_page(request: HttpRequest, table: str) -> HttpResponseBase:
    """A whole table as a file."""
    if table not in TABLES:
        raise Http404
    filters = read_filters(request).filters
    lines = csv_lines(table_of(table, filters, finance=request.user.has_perm(SEES_MONEY)))
    # A server of either kind warns of, and gathers up, lines that come in the other's way.
    body: Any = _one_by_one(lines) if isinstance(request, ASGIRequest) else lines
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table}-{filters.period.key}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


async def _one_by_one(lines: Any) -> AsyncIterator[str]:
    for line in lines:
        yield line


def _activity_cards(total: UsageFigures, people: Sequence[UsageFigures], slots: int) -> list[Card]:
    active = [row for row in people if row.jobs or row.outputs]
    return [
        Card("Pictures", count_text(total.outputs), f"{total.outputs / max(slots, 1):,.1f} a {_slot_name(slots)}"),
        Card("Active projects", count_text(len({row.key["project_id"] for row in active})), "with a job that ended"),
        Card("Active users", count_text(len({row.key["user_id"] for row in active})), "on whose behalf it was"),
    ]


def _slot_name(slots: int) -> str:
    return "hour" if slots == 24 else "day"


def _money_cards(total: UsageFigures, finance: bool) -> list[Card]:
    if not finance:
        return []
    elsewhere = total.outputs * alternative_price()
    saved = elsewhere - total.revenue
    roi = share_text(float(saved / total.revenue)) if total.revenue else NOTHING
    each = money_text(total.revenue / total.outputs) if total.outputs else NOTHING
    margin = share_text(total.margin_share) if total.margin_share is not None else NOTHING
    return [
        Card("Revenue", money_text(total.revenue), f"{each} a picture"),
        Card("Provider cost", money_text(total.provider_cost), "confirmed"),
        Card("Margin", money_text(total.margin), margin, BAD if total.margin < 0 else ""),
        Card("Elsewhere", money_text(elsewhere), f"at {money_text(alternative_price())} a picture"),
        Card("ROI of clients", roi, f"{money_text(saved)} saved"),
    ]


def _needed(promise: Promise) -> str:
    return f"at least {count_text(promise.enough)} {promise.unit} are needed"


register_page("analytics/", analytics_page, name="analytics", permission=SEES)
register_page("analytics/csv/<slug:table>/", csv_page, name="analytics_csv", permission=SEES)
register_page("promises/", promises_page, name="promises", permission=SEES)
