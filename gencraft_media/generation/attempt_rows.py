"""Plain SQL over attempts, for what looks at them many times a second: the ORM would take most of its time."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from gencraft_media.common.clock import from_now
from gencraft_media.common.rows import LATER, NOW, column_value
from gencraft_media.generation.models import GenerationAttempt


def attempt_rows(sql: str, values: Sequence[Any]) -> list[Any]:
    """What a statement answers, in which `{now}` is the database's time and `{later}` that and the span of one `%s`."""
    now = NOW[connection.vendor]
    later = LATER[connection.vendor].format(now=now)
    with connection.cursor() as cursor:
        # As sub-queries they are worked out once; on SQLite both are functions, else called for each row.
        cursor.execute(sql.format(now=f"(SELECT {now})", later=f"(SELECT {later})"), values)
        return list(cursor.fetchall())


def marks(values: Sequence[object]) -> str:
    """A placeholder for each value."""
    return ", ".join(["%s"] * len(values))


def span(seconds: float) -> Any:
    """A span of time as `{later}` takes it."""
    return column_value(GenerationAttempt, "next_step_at", from_now(seconds))


def key(pk: uuid.UUID) -> Any:
    """An id as the database takes it."""
    return column_value(GenerationAttempt, "id", pk)


def uuid_in(value: Any) -> uuid.UUID:
    """An id as the database gives it."""
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
