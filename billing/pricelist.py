"""The price lines in force, kept in memory for about a second: admission asks for them on every request."""

import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Max

from billing.models import PriceLine

ANY = "*"

# By provider, model and operation.
PriceBook = dict[tuple[str, str, str], list[PriceLine]]


@dataclass
class _Kept:
    """The lines as last read, with what told them from older ones."""

    read_at: float
    newest: tuple[int, int | None, datetime | None]
    lines: PriceBook
    # When lines begin to hold, in order, and a mark for each time between two of them.
    beginnings: list[datetime]
    marks: dict[int, object] = field(default_factory=dict)


_kept: _Kept | None = None


def forget_prices() -> None:
    """Read anew on the next use, in this process."""
    global _kept
    _kept = None


def price_mark(at: datetime) -> object:
    """The same object as long as the same lines hold: what was worked out of prices can be kept with it."""
    _lines()
    kept = _kept
    if kept is None:
        return object()
    return kept.marks.setdefault(bisect_right(kept.beginnings, at), object())


def find_price_line(
    *, provider: str, model: str, operation: str, keys: Iterable[str], at: datetime, book: PriceBook | None = None
) -> PriceLine | None:
    """The line in force at `at` with the first of `keys` that has one; of another `book` where one is given.

    A line for the model beats one for any model, a line for the operation one for any operation.
    """
    wanted_keys = list(keys)
    book = _lines() if book is None else book
    for wanted_model, wanted_operation in ((model, operation), (model, ANY), (ANY, operation), (ANY, ANY)):
        line = _best(book.get((provider, wanted_model, wanted_operation), ()), wanted_keys, at)
        if line is not None:
            return line
    return None


def _best(lines: Iterable[PriceLine], keys: list[str], at: datetime) -> PriceLine | None:
    in_force = [line for line in lines if line.effective_from <= at]
    if not in_force:
        return None
    # A provider counts one kind of unit at a time: the newest line says which, older kinds are history.
    kind = max(in_force, key=lambda line: (line.effective_from, line.pk)).kind
    for key in keys:
        matching = [line for line in in_force if line.key == key and line.kind == kind]
        if matching:
            return max(matching, key=lambda line: (line.effective_from, line.pk))
    return None


def _lines() -> PriceBook:
    global _kept
    now = time.monotonic()
    kept = _kept
    if kept is not None and now - kept.read_at < settings.FRESH_FOR_S:
        return kept.lines
    # Counted, too: of two corrections at once the one with the lower id may be the one that commits last.
    facts = PriceLine.objects.aggregate(count=Count("id"), id=Max("id"), created_at=Max("created_at"))
    newest = (facts["count"], facts["id"], facts["created_at"])
    if kept is not None and kept.newest == newest:
        _kept = replace(kept, read_at=now)
    else:
        lines = read_price_book()
        beginnings = sorted({line.effective_from for found in lines.values() for line in found})
        _kept = _Kept(read_at=now, newest=newest, lines=lines, beginnings=beginnings)
    return _kept.lines


def read_price_book() -> PriceBook:
    """Every line there is, read anew."""
    book: PriceBook = defaultdict(list)
    for line in PriceLine.objects.all():
        book[line.provider, line.model, line.operation].append(line)
    return dict(book)
