"""Where the deliveries of a project begin: behind the events that were numbered before anybody listened."""

import uuid

from django.db import connection

from gencraft_media.common.models import DomainEvent
from gencraft_media.common.rows import column_value

_BEGIN = """
INSERT INTO webhook_cursors (project_id, number)
SELECT %s, COALESCE(MAX(project_number), 0) FROM domain_events WHERE project_id = %s
ON CONFLICT (project_id) DO NOTHING
"""


def begin_cursor(project_id: uuid.UUID) -> None:
    """Have the project's events looked at from now on, in the transaction in which its first listener is written.

    Events of this very transaction have no number yet, so they come after the cursor.
    """
    key = column_value(DomainEvent, "project_id", project_id)
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [key, key])
