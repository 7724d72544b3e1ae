"""Bars drawn on the server: pages show them without a script, in both colour schemes and at any width."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

_HEIGHT = 100.0
_STEPS = (1, 2, 5, 10)
_LINES = 4


@dataclass(frozen=True)
class Series:
    """One colour: its name, its class in the stylesheet and its values."""

    name: str
    tone: str
    values: Sequence[float | Decimal]


@dataclass(frozen=True)
class Bar:
    """A rectangle of the drawing, which is as wide as there are slots and a hundred high."""

    x: str
    y: str
    width: str
    height: str
    tone: str


@dataclass(frozen=True)
class Slot:
    """One day or hour: its bars, and what is said of it."""

    x: int
    says: str
    bars: list[Bar]


@dataclass(frozen=True)
class Chart:
    """A drawing with its legend, its lines and the names of its ends."""

    title: str
    legend: list[tuple[str, str]]
    slots: list[Slot]
    # From above: where, in hundredths of the height, and what is written there.
    lines: list[tuple[str, str]]
    first: str
    middle: str
    last: str
    is_empty: bool

    @property
    def width(self) -> int:
        return len(self.slots)


def bar_chart(
    title: str, names: Sequence[str], series: Sequence[Series], write: Callable[[float], str], *, stacked: bool
) -> Chart:
    """The series by slot: on top of each other, or side by side."""
    values = [[float(one.values[place]) for one in series] for place in range(len(names))]
    highest = max((sum(found) if stacked else max(found) for found in values), default=0.0)
    step = _line_step(highest, whole=all(isinstance(value, int) for one in series for value in one.values))
    lines = max(ceil(round(highest / step, 9)), 1)
    top = lines * step
    slots = [
        Slot(place, _says(names[place], series, found, write), _bars(place, found, series, top, stacked=stacked))
        for place, found in enumerate(values)
    ]
    return Chart(
        title=title,
        legend=[(one.name, one.tone) for one in series],
        slots=slots,
        lines=[(_number(place / lines * _HEIGHT), write((lines - place) * step)) for place in range(lines + 1)],
        first=names[0] if names else "",
        middle=names[len(names) // 2] if names else "",
        last=names[-1] if names else "",
        is_empty=not highest,
    )


def _bars(place: int, values: list[float], series: Sequence[Series], top: float, *, stacked: bool) -> list[Bar]:
    bars, below = [], 0.0
    width = 0.8 if stacked else 0.8 / len(values)
    for number, (value, one) in enumerate(zip(values, series, strict=True)):
        height = max(value, 0.0) / top * _HEIGHT
        x = place + 0.1 + (0.0 if stacked else number * width)
        if height:
            y = _HEIGHT - height - below
            bars.append(Bar(_number(x), _number(y), _number(width), _number(height), one.tone))
        below += height if stacked else 0.0
    return bars


def _says(name: str, series: Sequence[Series], values: list[float], write: Callable[[float], str]) -> str:
    parts = ", ".join(f"{one.name} {write(value)}" for one, value in zip(series, values, strict=True))
    return f"{name}: {parts}"


def _line_step(highest: float, *, whole: bool) -> float:
    """How far the lines are apart: numbers that people like, and whole ones where only those are counted."""
    least = 1.0 if whole else 0.000001
    if highest <= _LINES * least:
        return least
    power = 10.0 ** floor(log10(highest / _LINES))
    return next(step * power for step in _STEPS if step * power * _LINES >= highest * (1 - 1e-9))


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
