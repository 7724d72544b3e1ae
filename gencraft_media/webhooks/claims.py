"""Who sends a delivery: a lease in the database's time, and a fence that stops whoever lost it."""

import os
import socket
import uuid

from django.conf import settings
from django.db.models import DateTimeField

from gencraft_media.common.clock import from_now
from gencraft_media.common.reading import Asked, Reading
from gencraft_media.common.rows import Plus, update_row
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookSettings

OWNER = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
_CLAIMED = Reading(
    WebhookDelivery,
    by=["id"],
    related=["endpoint", "job_webhook"],
    asked={"claimed_at": Asked("{now}", DateTimeField())},
)


def lease_s(rules: WebhookSettings) -> float:
    """How long one sender has a delivery: longer than any exchange, so that it need not be renewed."""
    return float(rules.timeout_s + settings.LEASE_S)


def claim(delivery_id: uuid.UUID, rules: WebhookSettings) -> WebhookDelivery | None:
    """Take the delivery for this sender, or None when somebody has it or it is not due.

    A hint can be used once: a second one for the same turn would send before the next turn comes.
    """
    until = from_now(lease_s(rules))
    changes = {
        "lease_owner": OWNER,
        "lease_until": until,
        # Due again should this sender die.
        "next_attempt_at": until,
        "hinted_at": None,
        "fence": Plus(1),
    }
    claimed = update_row(
        WebhookDelivery,
        delivery_id,
        changes,
        where={"state": DeliveryState.PENDING.value},
        also="hinted_at IS NOT NULL AND (lease_until IS NULL OR lease_until < {now})",
    )
    return _CLAIMED.find(delivery_id) if claimed else None


def fence_of(delivery: WebhookDelivery) -> dict[str, object]:
    """The guard of every write by a sender: a stale fence writes nothing."""
    return {"fence": delivery.fence, "lease_owner": OWNER}
