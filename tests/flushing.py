"""Emptying the database between tests: past the tables that refuse every delete, and with the plans put back."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate


@pytest.fixture(autouse=True, scope="session")
def emptying_passes_append_only_triggers() -> Any:
    """SQLite empties tables by DELETE, which triggers refuse; PostgreSQL truncates, which they let pass."""
    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_without_triggers(self: Any, sql_list: Sequence[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        drops = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        flush(self, [*drops, *sql_list, *(sql for _, sql in triggers)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", flush_without_triggers)
        yield


@pytest.fixture(autouse=True, scope="session")
def plans_come_back_after_emptying() -> Any:
    """The plans are put there by a migration, which is not run again when a test has emptied the database."""
    add_plans = import_module("billing.migrations.0003_four_plans").add_plans
    set_weights = import_module("billing.migrations.0005_plan_weights").set_weights

    def restore(sender: Any, **_: Any) -> None:
        if sender.label == "billing":
            add_plans(apps, None)
            set_weights(apps, None)

    post_migrate.connect(restore, weak=False)
    yield
    post_migrate.disconnect(restore)
