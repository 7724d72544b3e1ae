"""Times in sentences: how long something holds, until when, from which day. All are UTC, from the database's now."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from gencraft_media.daos.grammar.matching import Found, Text
from gencraft_media.daos.grammar.numbers import number, split_unit

_SECONDS = {
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "h": 3600,
    "hr": 3600,
    "day": 86_400,
    "d": 86_400,
    "week": 604_800,
    "w": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMED = "january february march april may june july august september october november december"
_MONTHS = tuple(_NAMED.split())
_DAY_OF_MONTH = re.compile(r"([1-9]|[12]\d|3[01])(st|nd|rd|th)?")
_ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:t(\d{2}:\d{2})(?::\d{2})?z?)?")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_TWELVE_HOURS = re.compile(r"(1[0-2]|[1-9])(?::([0-5]\d))?(am|pm)")
WORDS = frozenset(
    {
        *_SECONDS,
        *(f"{unit}s" for unit in _SECONDS),
        *_WEEKDAYS,
        *_MONTHS,
        "today",
        "tomorrow",
        "tonight",
        "midnight",
        "noon",
    }
    | {"next", "this", "until", "till", "end", "of", "half", "another", "from", "utc"}
)
SHORTEST_S, LONGEST_S = 60, 366 * 86_400


def _unit(word: str) -> str | None:
    """A unit of time in the singular."""
    return word if word in _SECONDS else word[:-1] if word.endswith("s") and word[:-1] in _SECONDS else None


def span(text: Text, at: int) -> Found:
    """A length of time: two days, 90 minutes, 36h, a week, an hour and a half, a day and 12 hours; (seconds, note)."""
    for end, seconds, note in _one_span(text, at):
        yield end, (seconds, note)
        if text.word(end) == "and":
            if text.word(end + 1) == "a" and text.word(end + 2) == "half":
                yield end + 3, (seconds + _SECONDS[_unit(text.word(end - 1)) or "h"] // 2, note)
            for further, more, _ in _one_span(text, end + 1):
                if more < seconds:
                    yield further, (seconds + more, note)


def _one_span(text: Text, at: int) -> Iterator[tuple[int, int, str]]:
    if (text.word(at), text.word(at + 1)) == ("half", "an") and text.word(at + 2) == "hour":
        yield at + 3, 1800, ""
    stuck = split_unit(text.word(at))
    if stuck is not None and (unit := _unit(stuck[1])):
        yield from _measured(at + 1, stuck[0], unit)
    if text.word(at) in {"a", "an", "one", "another"} and (unit := _unit(text.word(at + 1))):
        yield from _measured(at + 2, Decimal(1), unit)
        return
    for end, amount in number(text, at):
        if unit := _unit(text.word(end)):
            yield from _measured(end + 1, amount, unit)


def _measured(end: int, amount: Decimal, unit: str) -> Iterator[tuple[int, int, str]]:
    seconds = amount * _SECONDS[unit]
    if seconds == seconds.to_integral_value():
        days = _SECONDS[unit] // 86_400
        note = f"A {unit} is taken as {days} days." if unit in {"month", "year"} else ""
        yield end, int(seconds), note


def day(text: Text, at: int) -> Found:
    """A day: today, tomorrow, Friday, 2026-12-01, 1 December, December 1st 2027; a date."""
    word, today = text.word(at), text.now.date()
    if word in {"today", "tomorrow"}:
        yield at + 1, today + timedelta(days=word == "tomorrow")
    elif word in _WEEKDAYS:
        yield at + 1, _next_weekday(today, _WEEKDAYS.index(word))
    elif word == "next" and text.word(at + 1) in _WEEKDAYS:
        said = text.said(at, at + 2)
        text.objections.append((at + 2, f"“{said}” may be this week's or the one after; say the date.", (said,)))
    elif (found := _ISO_DATE.fullmatch(word)) and found[2] is None:
        yield from _dated(text, at, at + 1, lambda: date.fromisoformat(found[1]))
    else:
        yield from _in_month(text, at)


def _next_weekday(today: date, weekday: int) -> date:
    """The next one; on a Friday, "Friday" is a week ahead."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _in_month(text: Text, at: int) -> Found:
    first, second = text.word(at), text.word(at + 1)
    orders = [(first, second, at + 2), (second, first, at + 2)]
    if second == "of":
        orders = [(first, text.word(at + 2), at + 3)]
    for numbered, named, end in orders:
        found = _DAY_OF_MONTH.fullmatch(numbered)
        month = next((n for n, name in enumerate(_MONTHS, 1) if len(named) > 2 and named in {name, name[:3]}), None)
        if found is None or month is None:
            continue
        day_number = int(found[1])
        year_at = end + (text.word(end) == ",")
        if re.fullmatch(r"20\d\d", text.word(year_at)):
            year = int(text.word(year_at))
            yield from _dated(text, at, year_at + 1, partial(date, year, month, day_number))
        yield from _dated(text, at, end, partial(_coming, text.now.date(), month, day_number))


def _coming(today: date, month: int, number_: int) -> date:
    """The next day of that name; 29 February is looked for up to eight years ahead. Raises ValueError: none."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, number_)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError


def _dated(text: Text, at: int, end: int, make: Callable[[], date]) -> Found:
    try:
        yield end, make()
    except ValueError:
        said = text.said(at, end)
        text.objections.append((end, f"There is no day “{said}”.", (said,)))


def moment(text: Text, at: int) -> Found:
    """When something ends: Friday, Friday 18:00, 6pm, midnight, the end of the week; (the time, words for it)."""
    yield from _edges(text, at)
    if (found := _ISO_DATE.fullmatch(text.word(at))) and found[2] is not None:
        yield from _dated(text, at, at + 1, lambda: datetime.fromisoformat(f"{found[1]}T{found[2]}:00+00:00"))
    for end, clock in _clock(text, at):
        then = datetime.combine(text.now.date(), clock, UTC)
        yield end, then if then > text.now else then + timedelta(days=1)
    for end, found_day in day(text, at):
        yield end, _begins(found_day)
        for further, clock in _clock(text, end + (text.word(end) == "at")):
            yield further, datetime.combine(found_day, clock, UTC)


def _edges(text: Text, at: int) -> Found:
    """Midnight, and the ends of today, this week and this month, or of any day."""
    today = text.now.date()
    if text.word(at) in {"midnight", "tonight"}:
        yield at + 1, _begins(today + timedelta(days=1))
    at += text.word(at) in {"the"}
    if (text.word(at), text.word(at + 1)) != ("end", "of"):
        return
    at += 2 + (text.word(at + 2) in {"the", "this"})
    first_of_next = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    ends = {
        "day": today + timedelta(days=1),
        "week": today + timedelta(days=7 - today.weekday()),
        "month": first_of_next,
        "year": date(today.year + 1, 1, 1),
    }
    if text.word(at) in ends:
        yield at + 1, _begins(ends[text.word(at)])
    for end, found_day in day(text, at):
        yield end, _begins(found_day + timedelta(days=1))


def _clock(text: Text, at: int) -> Iterator[tuple[int, time]]:
    word = text.word(at)
    end = at + 1 + (text.word(at + 1) == "utc")
    if found := _CLOCK.fullmatch(word):
        yield end, time(int(found[1]), int(found[2]))
    elif found := _TWELVE_HOURS.fullmatch(word):
        yield end, time(int(found[1]) % 12 + 12 * (found[3] == "pm"), int(found[2] or 0))
    elif word == "noon":
        yield end, time(12)


def _begins(day_: date) -> datetime:
    return datetime.combine(day_, time(), UTC)
