"""Holding, and above all not holding, database connections."""

from django.db import connection, models
from django.db.models import Func


class RandomUuid(Func):
    """A random version 4 UUID made by the database, the default of every primary key."""

    template = "%(function)s()"
    function = "gen_random_uuid"
    output_field = models.UUIDField()

    def as_sqlite(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        # SQLite keeps UUIDs as 32 hexadecimal digits; 4 and 8 mark version and variant.
        template = (
            "(lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2)"
            " || '8' || substr(hex(randomblob(2)), 2) || hex(randomblob(6))))"
        )
        return self.as_sql(compiler, connection, template=template, **context)


class TransactionHeld(RuntimeError):
    """An HTTP call was about to be made inside a database transaction."""


def release_connection() -> None:
    """Give this thread's connection back before a wait on the outside world.

    Raises `TransactionHeld` inside a transaction: a provider must never be waited for while rows are locked.
    """
    if connection.in_atomic_block:
        raise TransactionHeld("an HTTP call inside a transaction")
    connection.close()
