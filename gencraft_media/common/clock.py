"""Time as the database tells it: leases and expiries never trust a process's own clock."""

import functools
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


class FromNow(ExpressionWrapper):  # type: ignore[type-arg]
    """The database's own time, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(Now() + Value(timedelta(seconds=seconds)), output_field=DateTimeField())


# Making one takes longer than a statement that uses it, and the steps of jobs know a few spans only.
@functools.lru_cache(maxsize=256)
def from_now(seconds: float) -> Combinable:
    """An expression for the database's own time, `seconds` from now (negative: ago)."""
    return FromNow(seconds) if seconds else Now()


def database_now() -> datetime:
    """The database's time, as an aware datetime."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT statement_timestamp()")
            value: datetime = cursor.fetchone()[0]
            return value
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0])
