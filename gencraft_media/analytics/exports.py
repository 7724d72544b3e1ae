"""Every table by its name, and as a CSV file that a spreadsheet may open without running anything."""

import csv
from collections.abc import Callable, Iterator
from typing import Any

from gencraft_media.analytics.promises import promises
from gencraft_media.analytics.quota_use import quota_use
from gencraft_media.analytics.selectors import SHOWN, SLOT, Filters, latency_by, latency_rows, usage_by
from gencraft_media.analytics.tables import (
    COUNT,
    SHARE,
    TEXT,
    Column,
    Table,
    days,
    models,
    providers,
    report,
)
from gencraft_media.common.errors import ObjectNotFound

# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_EVERYBODY = 10_000


def table_of(key: str, filters: Filters, *, finance: bool) -> Table:
    """The whole table of a name, one of `TABLES`; without `finance` it says nothing of money. Raises ObjectNotFound."""
    if key not in TABLES:
        raise ObjectNotFound(f"There is no table {key}.")
    return TABLES[key](filters, finance)


def csv_lines(table: Table) -> Iterator[str]:
    """The table as lines of a CSV file: names first, then values as they are, empty where there is none."""
    # Quoted: where a semicolon parts columns, one inside a name would begin another cell.
    writer = csv.writer(_Line(), quoting=csv.QUOTE_NONNUMERIC)
    yield writer.writerow([column.name for column in table.columns])
    for row in table.rows:
        yield writer.writerow([_harmless(value) for value in row])


def promises_table() -> Table:
    """The specification's metrics."""
    columns = (
        Column("promise", "Promise", TEXT),
        Column("value", "Now", SHARE),
        Column("target", "Target", SHARE),
        Column("state", "State", TEXT),
        Column("sample", "Of", COUNT),
        Column("unit", "", TEXT),
        Column("window_days", "Days", COUNT),
        Column("formula", "How it is counted", TEXT),
    )
    rows = [
        [one.title, one.value, one.target, one.state, one.sample, one.unit, one.window_days, one.formula]
        for one in promises()
    ]
    return Table("promises", "Promises", columns, rows)


def quotas_table(filters: Filters, most: int = _EVERYBODY) -> Table:
    """Who is nearest to this month's number."""
    columns = (
        Column("requester", "Requester", TEXT),
        Column("plan", "Plan", TEXT),
        Column("used", "Used", COUNT),
        Column("limit", "Number", COUNT),
        Column("share", "Share", SHARE),
    )
    uses = quota_use(filters.period.until, most)
    return Table(
        "quotas", "Quota use", columns, [[use.requester, use.plan, use.used, use.limit, use.share] for use in uses]
    )


def _providers(filters: Filters, finance: bool) -> Table:
    return providers(
        usage_by(filters, "provider", only=SHOWN), latency_by("provider", latency_rows(filters.period)), finance=finance
    )


def _models(filters: Filters, finance: bool) -> Table:
    times = latency_by("model", latency_rows(filters.period))
    return models(usage_by(filters, "provider", "model", only=SHOWN), times, finance=finance)


def _report(*keys: str, title: str, heading: str) -> Callable[[Filters, bool], Table]:
    def build(filters: Filters, finance: bool) -> Table:
        return report(usage_by(filters, *keys, only=SHOWN), *keys, title=title, heading=heading, finance=finance)

    return build


TABLES: dict[str, Callable[[Filters, bool], Table]] = {
    "days": lambda filters, finance: days(usage_by(filters, SLOT, only=SHOWN), filters.period, finance=finance),
    "providers": _providers,
    "models": _models,
    "projects": _report("project_id", title="By project", heading="Project"),
    "users": _report("user_id", title="By user", heading="User"),
    "operations": _report("operation", title="By operation", heading="Operation"),
    "model-reports": _report("provider", "model", title="By model", heading="Model"),
    "quotas": lambda filters, _: quotas_table(filters),
    "promises": lambda _, __: promises_table(),
}


class _Line:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _harmless(value: Any) -> Any:
    """Text that would run as a formula begins with an apostrophe, which spreadsheets take for text; numbers do not."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
