"""What operators may do to webhooks, under one name each for admin, API and plain English."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction

from gencraft_media.common.actions import Action, register_action
from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.webhooks.endpoints import change_endpoint
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.replaying import replay_delivery, replay_endpoint, send_test

_CHANGE_ENDPOINT = "webhooks.change_webhookendpoint"
_CHANGE_DELIVERY = "webhooks.change_webhookdelivery"
# Older ones would tell of what nobody waits for any more.
REPLAYED_SPAN = timedelta(days=3)


def enable_endpoint(*, actor: Any, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Send to the endpoint again. Raises `ObjectNotFound`."""
    return change_endpoint(_endpoint(endpoint_id), {"enabled": True}, actor=actor)


def disable_endpoint(*, actor: Any, endpoint_id: uuid.UUID) -> WebhookEndpoint:
    """Send nothing to the endpoint any more. Raises `ObjectNotFound`."""
    return change_endpoint(_endpoint(endpoint_id), {"enabled": False}, actor=actor)


def test_endpoint(*, actor: Any, endpoint_id: uuid.UUID) -> WebhookDelivery:
    """Send a test. Raises `ObjectNotFound`, `EndpointDisabled`."""
    return send_test(_endpoint(endpoint_id))


def replay(*, actor: Any, delivery_id: uuid.UUID, reason: str = "") -> WebhookDelivery:
    """Send a message again. Raises `ObjectNotFound`, `EndpointDisabled`, `DeliveryUnderWay`."""
    delivery = WebhookDelivery.objects.filter(pk=delivery_id).first()
    if delivery is None:
        raise ObjectNotFound("There is no such webhook delivery.")
    with transaction.atomic():
        record_audit(actor=actor, action="webhook.replay", target=delivery, reason=reason)
        return replay_delivery(delivery)


def replay_missed(*, actor: Any, endpoint_id: uuid.UUID, reason: str = "") -> int:
    """Send again whatever of the last days the endpoint did not get. Returns how many messages that are.

    Raises `ObjectNotFound`, `EndpointDisabled`.
    """
    endpoint = _endpoint(endpoint_id)
    with transaction.atomic():
        count = replay_endpoint(endpoint, since=database_now() - REPLAYED_SPAN)
        record_audit(
            actor=actor, action="webhook.replay_missed", target=endpoint, after={"deliveries": count}, reason=reason
        )
    return count


def _endpoint(endpoint_id: uuid.UUID) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise ObjectNotFound("There is no such webhook endpoint.")
    return endpoint


register_action(Action("webhook.enable", "Enable a webhook endpoint", _CHANGE_ENDPOINT, enable_endpoint))
register_action(Action("webhook.disable", "Disable a webhook endpoint", _CHANGE_ENDPOINT, disable_endpoint))
register_action(Action("webhook.test", "Send a test to a webhook endpoint", _CHANGE_ENDPOINT, test_endpoint))
register_action(Action("webhook.replay", "Send a webhook again", _CHANGE_DELIVERY, replay))
register_action(
    Action("webhook.replay_missed", "Send again what an endpoint did not get", _CHANGE_ENDPOINT, replay_missed)
)
