"""What a message says: thin, and the same bytes at every attempt."""

import json
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from gencraft_media.common.models import DomainEvent

# Standard Webhooks asks for less than 20 kB.
LARGEST_BODY_BYTES = 20_000
# By these a receiver can ask for the rest.
_IDENTITY = ("projectId", "number", "jobId", "itemId", "assetId", "endpointId", "status", "progress")


def body_of(event: DomainEvent, name: str) -> str:
    """The body for a domain event under its public name; past the limit its data are only what names things."""
    data = {"projectId": event.project_id, "number": event.number, **_about(event, name)}
    body = compose(name, event.created_at, data)
    if len(body.encode()) < LARGEST_BODY_BYTES:
        return body
    named = {key: data[key] for key in _IDENTITY if key in data}
    return compose(name, event.created_at, {**named, "truncated": True})


def _about(event: DomainEvent, name: str) -> dict[str, Any]:
    payload: dict[str, Any] = event.payload
    result = payload.get("result")
    if not (name.startswith("asset.") and isinstance(result, dict)):
        return payload
    # About the asset, not about how its job does: the same names as in the asset's other events.
    return {key: payload[key] for key in ("jobId", "itemId", "index") if key in payload} | result


def compose(name: str, at: datetime, data: dict[str, Any]) -> str:
    """A body of the standard's form."""
    told_at = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    document = {"type": name, "timestamp": told_at, "data": data}
    return json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
