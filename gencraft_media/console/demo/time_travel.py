"""A contained way to be in the past: the database's own time, as this connection hears it, is what a clock says.

Every row that the engine writes takes its time from the database. Within `travelling` two things answer with the
clock's time instead: the database's clock in each statement of this connection (Django's `execute_wrapper`), and
columns left to a default of `Now()` (`post_init`). Nothing of the schema is changed, no guard is lifted, no other
connection notices, and the block's end puts all of it back. Python's own clock, which asks what models and prices there
are, stays in the present: prices of vendors are known from the day on which they were read.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault
from django.db.models.functions import Now
from django.db.models.signals import post_init

_PRESENT = {
    "postgresql": re.compile(r"\b(?:STATEMENT_TIMESTAMP|CURRENT_TIMESTAMP)\b(?:\(\))?", re.IGNORECASE),
    "sqlite": re.compile(r"STRFTIME\('(%%?Y[^']*)', 'now'\)", re.IGNORECASE),
}


class Clock:
    """What time it is for the traveller: an aware datetime that goes forward as it is told."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@contextmanager
def travelling(clock: Clock) -> Iterator[Clock]:
    """Be in the clock's time, on this thread's connection, until the block ends."""

    def rewritten(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        return execute(_in_the_past(sql, clock.now) if isinstance(sql, str) else sql, params, many, context)

    def dated(instance: Model, **_: Any) -> None:
        for name in _dated_columns(type(instance)):
            if isinstance(instance.__dict__.get(name), DatabaseDefault):
                setattr(instance, name, clock.now)

    post_init.connect(dated, weak=False)
    try:
        with connection.execute_wrapper(rewritten):
            yield clock
    finally:
        post_init.disconnect(dated)


def _in_the_past(sql: str, now: datetime) -> str:
    if connection.vendor == "postgresql":
        return _PRESENT["postgresql"].sub(f"'{now.isoformat()}'::timestamptz", sql)
    return _PRESENT["sqlite"].sub(lambda match: f"'{_sqlite_time(match[1], now)}'", sql)


def _sqlite_time(form: str, now: datetime) -> str:
    """In the form of SQLite's function, in which `%f` is a second with its fraction: as exact as rows are written."""
    return now.astimezone(UTC).strftime(form.replace("%%", "%").replace("%f", "%S.%f"))


def _dated_columns(model: type[Model]) -> list[str]:
    fields = model._meta.concrete_fields
    return [field.attname for field in fields if isinstance(getattr(field, "db_default", None), Now)]
