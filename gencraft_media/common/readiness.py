"""Whether the parts this process stands on answer, each asked with a short patience."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from gencraft_media.common.logs import logger

log = logger(__name__)
_PATIENCE_S = 2


class NotReady(Exception):
    """A part is there but not fit for work."""


def failing_parts() -> list[str]:
    """Names of the parts that are not ready, in the order they are asked."""
    return [name for name, check in CHECKS.items() if not _passes(name, check)]


def check_database() -> None:
    """The database answers a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Every migration of this code is applied."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("unapplied migrations")


def check_broker() -> None:
    """The broker takes a connection."""
    with current_app.connection_for_write(connect_timeout=_PATIENCE_S) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=_PATIENCE_S)


def check_storage() -> None:
    """A file can be written where pictures go."""
    for folder in (settings.MEDIA_STORAGE_DIR, settings.PRIVATE_STORAGE_DIR):
        Path(folder).mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".ready-", dir=folder)
        try:
            os.write(descriptor, b"ready")
        finally:
            os.close(descriptor)
            Path(name).unlink(missing_ok=True)


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "broker": check_broker,
    "storage": check_storage,
}


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 (whatever is wrong with a part, it is not ready)
        log.warning("not_ready", part=name, error=type(error).__name__)
        return False
    return True
