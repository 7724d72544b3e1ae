"""The tables of the dashboard and of the reports: one description of each, for the page and for the CSV file alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from billing.money import usd
from gencraft_media.accounts.models import Project, User
from gencraft_media.analytics.counting import NOBODY
from gencraft_media.analytics.models import ReportSettings
from gencraft_media.analytics.periods import Period
from gencraft_media.analytics.selectors import SLOT, LatencyFigures, UsageFigures, regrouped
from gencraft_media.common.versioned import current_settings
from providers.selectors import full_name

# What a column holds: it decides how a page writes it; a CSV file has it as it is.
TEXT, COUNT, MONEY, SHARE, SECONDS = "text", "count", "money", "share", "seconds"
# An operation of which nothing but ratings are left.
NAMELESS = "(unknown)"
_PLAIN = (("jobs", "Jobs", COUNT), ("success", "Success", SHARE), ("outputs", "Outputs", COUNT))
# Durations are not kept by project, whatever the filter says.
_TIMES = (("p50", "p50, all projects", SECONDS), ("p95", "p95, all projects", SECONDS))
_STARS = (("ratings", "Ratings", COUNT), ("good", "Good", SHARE))
_MONEY = (
    ("credits", "Credits", COUNT),
    ("cost", "Provider cost", MONEY),
    ("revenue", "Revenue", MONEY),
    ("margin", "Margin", MONEY),
    ("margin_share", "Margin %", SHARE),
)
_ROI = (("alternative", "Elsewhere", MONEY), ("saved", "Saved", MONEY), ("roi", "ROI", SHARE))


@dataclass(frozen=True)
class Column:
    """One column: its name in files, its heading, and what it holds."""

    name: str
    title: str
    kind: str


@dataclass(frozen=True)
class Table:
    """A table with its rows, each one value a column."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: list[list[Any]]


def days(usage: Iterable[UsageFigures], period: Period, *, finance: bool) -> Table:
    """By day, or by hour, the empty ones too."""
    columns = _columns(("day", "Hour" if period.hourly else "Day", TEXT), *_PLAIN, *_STARS, *_money(finance))
    rows = [[f"{slot:{pattern(period)}}", *_cells(row, columns[1:])] for slot, row in by_slot(usage, period)]
    return Table("days", "By hour" if period.hourly else "By day", columns, rows)


def by_slot(usage: Iterable[UsageFigures], period: Period) -> list[tuple[datetime, UsageFigures]]:
    """The figures of every day, or hour, of the period; those in which nothing happened too."""
    found = {row.key[SLOT]: row for row in regrouped(usage, SLOT)}
    slots = [(slot, slot if period.hourly else slot.date()) for slot in period.slots]
    return [(slot, found.get(key) or UsageFigures(key={SLOT: key})) for slot, key in slots]


def pattern(period: Period) -> str:
    """How its slots are written."""
    return "%Y-%m-%d %H:%M" if period.hourly else "%Y-%m-%d"


def providers(usage: Iterable[UsageFigures], latency: Iterable[LatencyFigures], *, finance: bool) -> Table:
    """By provider, with how long its jobs took."""
    times = {one.key: one for one in latency}
    columns = _columns(("provider", "Provider", TEXT), *_PLAIN, *_TIMES, *_STARS, *_money(finance))
    rows = [
        [row.key["provider"], *_cells(row, columns[1:], times.get(row.key["provider"]))]
        for row in regrouped(usage, "provider")
    ]
    return Table("providers", "By provider", columns, rows)


def models(usage: Iterable[UsageFigures], latency: Iterable[LatencyFigures], *, finance: bool) -> Table:
    """By model, with how long its jobs took."""
    times = {one.key: one for one in latency}
    columns = _columns(("model", "Model", TEXT), *_PLAIN, *_TIMES, *_STARS, *_money(finance))
    rows = []
    for row in regrouped(usage, "provider", "model"):
        provider, model = row.key["provider"], row.key["model"]
        rows.append([full_name(provider, model), *_cells(row, columns[1:], times.get(f"{provider}/{model}"))])
    return Table("models", "By model", columns, rows)


def report(usage: Iterable[UsageFigures], *keys: str, title: str, heading: str, finance: bool, key: str = "") -> Table:
    """Cost, revenue and what the same pictures would cost elsewhere, by the columns `keys`."""
    name = keys[-1].removesuffix("_id")
    columns = _columns((name, heading, TEXT), *_PLAIN, *_money(finance), *(_ROI if finance else ()))
    groups = regrouped(usage, *keys)
    names = _names(keys[-1], [group.key[keys[-1]] for group in groups])
    price = alternative_price()
    rows = [
        [
            _name_of(group, keys, names),
            *_cells(group, columns[1:], price=price),
        ]
        for group in groups
    ]
    return Table(key or f"{name}s", title, columns, rows)


def alternative_price() -> Decimal:
    """What a picture would cost elsewhere, in US dollars."""
    return usd(current_settings(ReportSettings).alternative_price)


def _columns(*named: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(*one) for one in named)


def _money(finance: bool) -> tuple[tuple[str, str, str], ...]:
    return _MONEY if finance else ()


_CELLS: dict[str, Callable[[UsageFigures], Any]] = {
    **{name: attrgetter(name) for name in ("jobs", "success", "outputs", "ratings", "credits", "revenue")},
    **{name: attrgetter(name) for name in ("margin", "margin_share")},
    "good": attrgetter("good_share"),
    "cost": attrgetter("provider_cost"),
}


def _cells(
    row: UsageFigures,
    columns: Iterable[Column],
    times: LatencyFigures | None = None,
    *,
    price: Decimal = Decimal(0),
) -> list[Any]:
    elsewhere = row.outputs * price
    saved = elsewhere - row.revenue
    special = {
        "p50": times.p50_s if times else None,
        "p95": times.p95_s if times else None,
        "alternative": elsewhere,
        "saved": saved,
        "roi": float(saved / row.revenue) if row.revenue else None,
    }
    return [special[column.name] if column.name in special else _CELLS[column.name](row) for column in columns]


def _name_of(group: UsageFigures, keys: tuple[str, ...], names: dict[Any, str]) -> str:
    if keys == ("provider", "model"):
        return full_name(group.key["provider"], group.key["model"])
    [column] = keys
    return str(names.get(group.key[column], group.key[column])) or NAMELESS


def _names(column: str, keys: list[Any]) -> dict[Any, str]:
    """What projects and users are called; those that are gone have their ids."""
    if column not in ("project_id", "user_id"):
        return {}
    kind: Any = Project if column == "project_id" else User
    return {NOBODY: "(deleted)", **{key: str(row) for key, row in kind.objects.in_bulk(keys).items()}}
