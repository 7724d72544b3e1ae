"""Gives each project's events one order, after commit, so that no project row is locked while jobs run."""

from django.db import connection, transaction

_UNSTAMPED = "SELECT 1 FROM domain_events WHERE project_number IS NULL AND project_id IS NOT NULL LIMIT 1"
# Raw because the ORM has no UPDATE … FROM; the same text runs on PostgreSQL and SQLite.
_STAMP = """
WITH fresh AS (
    SELECT id, project_id, ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY id) AS turn
    FROM domain_events
    WHERE project_number IS NULL AND project_id IS NOT NULL
    ORDER BY id LIMIT 1000
), newest AS (
    SELECT project_id, (
        SELECT MAX(told.project_number) FROM domain_events AS told WHERE told.project_id = touched.project_id
    ) AS number
    FROM (SELECT DISTINCT project_id FROM fresh) AS touched
)
UPDATE domain_events
SET project_number = COALESCE(newest.number, 0) + fresh.turn
FROM fresh JOIN newest ON newest.project_id = fresh.project_id
WHERE domain_events.id = fresh.id AND domain_events.project_number IS NULL
"""
# Any number no other lock of this database has.
STAMPING_LOCK = 7_302_110_451


def stamp_events() -> None:
    """Number the committed events of every project that have no number yet; one dispatcher at a time does it."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSTAMPED)
        if cursor.fetchone() is None:
            # Most rounds: on SQLite even an update of nothing would take the only write lock.
            return
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [STAMPING_LOCK])
            if not cursor.fetchone()[0]:
                return
        cursor.execute(_STAMP)
