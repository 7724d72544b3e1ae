"""Writing domain events: always in the transaction of the change they report, under the subject's row lock."""

import uuid
from typing import Any

from gencraft_media.common.models import DomainEvent


def record_event(
    *,
    subject_kind: str,
    subject_id: uuid.UUID,
    number: int,
    type: str,
    payload: dict[str, Any],
    project_id: uuid.UUID | None = None,
) -> DomainEvent:
    """Append one event. The caller holds the subject's row lock and counts `number` up there."""
    return DomainEvent.objects.create(
        subject_kind=subject_kind,
        subject_id=subject_id,
        number=number,
        type=type,
        payload=payload,
        project_id=project_id,
    )
