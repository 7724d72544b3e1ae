"""Removing what the database refuses to give up: for the demo alone, and never from the audit."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Money is append-only; that of the demo's own accounts goes with them. `audit_entries` is not among these.
TABLES = ("ledger_entries", "credit_holds", "hold_resolutions", "media_usage", "provider_costs", "price_lines")


@contextmanager
def lifted_guards() -> Iterator[None]:
    """Let rows of `TABLES` be deleted until the block ends. Inside a transaction, which undoes it should all fail.

    PostgreSQL needs the tables' owner, who made them; others wait for the block's transaction meanwhile.
    """
    if connection.vendor == "postgresql":
        _tell_triggers("DISABLE")
        yield
        _tell_triggers("ENABLE")
        return
    with connection.cursor() as cursor:
        names = [_trigger(table) for table in TABLES]
        marks = ", ".join(["%s"] * len(names))
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name IN ({marks})", names)  # noqa: S608
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f'DROP TRIGGER "{name}"')
        yield
        for _, sql in found:
            cursor.execute(sql)


def _tell_triggers(word: str) -> None:
    with connection.cursor() as cursor:
        # Foreign keys are looked at at the commit else, and a table that waits for that cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f'ALTER TABLE "{table}" {word} TRIGGER "{_trigger(table)}"')


def _trigger(table: str) -> str:
    """As `common.migration_operations.AppendOnly` names it."""
    return f"{table}_refuse_delete"
