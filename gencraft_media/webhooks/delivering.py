"""One attempt of one delivery: claimed, sent, written down. Safe to run twice, and after any crash again."""

import hashlib
import uuid
from collections.abc import Callable

import structlog
from django.db import transaction
from django.db.models.functions import Now

from gencraft_media.common.clock import from_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.logs import logger
from gencraft_media.common.rows import Plus, update_row
from gencraft_media.common.versioned import current_settings
from gencraft_media.webhooks.claims import claim, fence_of
from gencraft_media.webhooks.health import note_failure, note_success
from gencraft_media.webhooks.models import DeliveryState, WebhookAttempt, WebhookDelivery, WebhookSettings
from gencraft_media.webhooks.pausing import present_pauses
from gencraft_media.webhooks.sending import USER_AGENT, Message, Outcome, send
from gencraft_media.webhooks.signatures import signature_header
from gencraft_media.webhooks.signing_secrets import project_secret
from gencraft_media.webhooks.waits import wait_after

log = logger(__name__)
Sender = Callable[[Message], Outcome]
_UNDER_WAY = (DeliveryState.PENDING.value, DeliveryState.CANCELED.value)


def deliver(delivery_id: str, sender: Sender | None = None) -> None:
    """Make the delivery's next attempt, if it is due and nobody else is at it; `sender` in place of a real request."""
    if _is_paused(uuid.UUID(delivery_id)):
        # Hinted at before the pause: due again as soon as the hint is worth nothing.
        return
    rules = current_settings(WebhookSettings)
    delivery = claim(uuid.UUID(delivery_id), rules)
    if delivery is None:
        return
    with structlog.contextvars.bound_contextvars(delivery_id=delivery_id):
        message = _message(delivery)
        outcome = sender(message) if sender is not None else send(message, timeout_s=rules.timeout_s)
        crashpoint("webhooks.sent")
        if not _write_down(delivery, message, outcome, rules):
            log.info("delivery overtaken")
            return
        if delivery.endpoint_id is None:
            return
        # Apart from the delivery's own transaction: who disables an endpoint cancels deliveries behind its lock.
        if outcome.error:
            note_failure(delivery.endpoint_id, outcome, rules)
        else:
            note_success(delivery.endpoint_id, outcome)


def _is_paused(delivery_id: uuid.UUID) -> bool:
    """Asks for the delivery's project only where there is any pause."""
    pauses = present_pauses()
    if not pauses:
        return False
    project_id = WebhookDelivery.objects.filter(pk=delivery_id).values_list("project_id", flat=True).first()
    return project_id is not None and pauses.holds(project_id)


def _message(delivery: WebhookDelivery) -> Message:
    holder = delivery.endpoint or project_secret(delivery.project_id)
    keys = holder.secrets_at(delivery.claimed_at)
    body, timestamp_s = delivery.body.encode(), int(delivery.claimed_at.timestamp())
    signature = signature_header(keys, message_id=delivery.message_id, timestamp_s=timestamp_s, body=body)
    headers = {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signature,
    }
    return Message(delivery.url, body, headers, secrets=[*keys, *signature.split(" ")])


def _write_down(delivery: WebhookDelivery, message: Message, outcome: Outcome, rules: WebhookSettings) -> bool:
    """Log the attempt and say what follows. False: the delivery is somebody else's by now, or gone."""
    with transaction.atomic():
        if not _move_on(delivery, outcome, rules):
            return False
        WebhookAttempt.objects.create(
            delivery=delivery,
            number=delivery.attempt_count + 1,
            at=delivery.claimed_at,
            duration_ms=outcome.duration_ms,
            request_headers={name: value for name, value in message.headers.items() if name != "webhook-signature"},
            body_sha256=hashlib.sha256(message.body).hexdigest(),
            body_size=len(message.body),
            status=outcome.status,
            answer=outcome.answer,
            error=outcome.error,
        )
    return True


def _move_on(delivery: WebhookDelivery, outcome: Outcome, rules: WebhookSettings) -> bool:
    changes: dict[str, object] = {
        "attempt_count": Plus(1),
        "step": Plus(1),
        "lease_owner": "",
        "lease_until": None,
        "last_status": outcome.status,
        "last_error": outcome.error,
    }
    if not outcome.error:
        changes |= {"state": DeliveryState.DELIVERED.value, "finished_at": Now()}
    else:
        wait_s = wait_after(rules, step=delivery.step + 1, retry_after_s=outcome.retry_after_s)
        if wait_s is None:
            changes |= {"state": DeliveryState.FAILED.value, "finished_at": Now()}
        else:
            changes |= {"next_attempt_at": from_now(round(wait_s, 3))}
    # Canceled while it was under way, it stays so unless it was a success.
    return update_row(WebhookDelivery, delivery.pk, changes, where=fence_of(delivery), within=("state", _UNDER_WAY))
