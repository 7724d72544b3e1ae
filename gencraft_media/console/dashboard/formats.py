"""How figures are written on pages."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gencraft_media.analytics.tables import COUNT, MONEY, SECONDS, SHARE, TEXT

# What stands where nothing was measured.
NOTHING = "–"
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_A_MINUTE_S, _TWO_DIGITS_S = 60, 10


def money_text(amount: Decimal) -> str:
    """US dollars: cents, and where that would be nothing as many places as it takes, six at most."""
    places = Decimal("0.01") if abs(amount) >= Decimal("0.1") or not amount else Decimal("0.000001")
    whole = abs(amount).quantize(places, ROUND_HALF_UP)
    text = f"{whole:,}" if places == Decimal("0.01") else f"{whole:f}".rstrip("0")
    return f"{'−' if amount < 0 else ''}${text}"


def share_text(share: float) -> str:
    """A share as percent: two places near the whole, where they matter, else one."""
    percent = share * 100
    places = 2 if 99 <= percent < 100 or 0 < percent < 1 else 1
    # 99.996 % is not everything.
    shown = min(percent, 99.99) if percent < 100 else percent
    return f"{shown:,.{places}f} %".replace("-", "−")


def count_text(count: int) -> str:
    """A whole number."""
    return f"{count:,}".replace("-", "−")


def many(count: int, what: str) -> str:
    """So many of something, whose plural ends in s."""
    return f"{count_text(count)} {what}{'' if count == 1 else 's'}"


def seconds_text(seconds: float) -> str:
    """A duration."""
    if seconds >= _A_MINUTE_S:
        return f"{int(seconds // _A_MINUTE_S)} min {int(seconds % _A_MINUTE_S)} s"
    return f"{seconds:.1f} s" if seconds >= _TWO_DIGITS_S else f"{seconds:.2f} s"


def bytes_text(size: int) -> str:
    """A size, in thousands."""
    amount = float(size)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


_WRITERS: dict[str, Callable[[Any], str]] = {
    TEXT: str,
    COUNT: count_text,
    MONEY: money_text,
    SHARE: share_text,
    SECONDS: seconds_text,
}


def shown(value: Any, kind: str) -> str:
    """A value of a table's column."""
    return NOTHING if value is None else _WRITERS[kind](value)
