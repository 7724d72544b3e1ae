"""Tables and figures as templates show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from gencraft_media.analytics.tables import TEXT, Table
from gencraft_media.console.dashboard.formats import shown


@dataclass(frozen=True)
class Card:
    """One figure, what it is of, and how it does: "" or a tone of the stylesheet (good, warning, bad)."""

    title: str
    value: str
    detail: str = ""
    tone: str = ""
    link: str = ""


@dataclass(frozen=True)
class Cell:
    """One value as text."""

    text: str
    is_number: bool


@dataclass(frozen=True)
class ShownRow:
    """A row, with how long its bar is: 0 to 100, of the row with the most."""

    cells: list[Cell]
    bar: str


@dataclass(frozen=True)
class ShownTable:
    """A table with its heading, its CSV file, and how many rows only that file has."""

    key: str
    title: str
    headings: list[Cell]
    rows: list[ShownRow]
    csv: str
    left_out: int


def show_table(table: Table, *, query: str, bar_of: str = "outputs", most: int = 25) -> ShownTable:
    """The first rows of a table, as text."""
    names = [column.name for column in table.columns]
    place = names.index(bar_of) if bar_of in names else None
    kept = table.rows[:most]
    lengths = _lengths([float(row[place] or 0) for row in kept]) if place is not None else [""] * len(kept)
    return ShownTable(
        key=table.key,
        title=table.title,
        headings=[Cell(column.title, column.kind != TEXT) for column in table.columns],
        rows=[
            ShownRow(
                [
                    Cell(shown(value, column.kind), column.kind != TEXT)
                    for value, column in zip(row, table.columns, strict=True)
                ],
                length,
            )
            for row, length in zip(kept, lengths, strict=True)
        ],
        csv=f"{reverse('admin:analytics_csv', args=[table.key])}?{query}",
        left_out=len(table.rows) - len(kept),
    )


def _lengths(values: Sequence[float]) -> list[str]:
    highest = max(values, default=0.0)
    return [f"{value / highest * 100:.2f}" if highest else "0" for value in values]
