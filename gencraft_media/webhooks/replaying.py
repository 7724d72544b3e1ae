"""Sending again, one message or all of a time, and sending a test."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import Conflict
from gencraft_media.webhooks.bodies import compose
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.public_events import TEST

USUAL_STATES = (DeliveryState.FAILED.value, DeliveryState.CANCELED.value)


class EndpointDisabled(Conflict):
    """This endpoint is disabled; enable it first."""


class DeliveryUnderWay(Conflict):
    """This delivery is being sent at this moment."""


def replay_delivery(delivery: WebhookDelivery) -> WebhookDelivery:
    """Send it again now, under the same `webhook-id`, and on its whole schedule from the beginning.

    Raises `EndpointDisabled`, and `DeliveryUnderWay` while a sender has it.
    """
    with transaction.atomic():
        if delivery.endpoint_id is not None:
            _require_enabled(delivery.endpoint_id)
        again = _begin_anew(WebhookDelivery.objects.filter(pk=delivery.pk))
        if not again:
            raise DeliveryUnderWay
    delivery.refresh_from_db()
    return delivery


def replay_endpoint(
    endpoint: WebhookEndpoint, *, since: datetime, until: datetime | None = None, states: Sequence[str] = USUAL_STATES
) -> int:
    """Send again what the endpoint was to be told between the two times and ended so. Returns how many.

    Raises `EndpointDisabled`.
    """
    with transaction.atomic():
        _require_enabled(endpoint.pk)
        chosen = WebhookDelivery.objects.filter(endpoint=endpoint, created_at__gte=since, state__in=states)
        if until is not None:
            chosen = chosen.filter(created_at__lt=until)
        return _begin_anew(chosen)


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send the endpoint a message of the type `webhook.test`, whatever its filter. Raises `EndpointDisabled`."""
    with transaction.atomic():
        _require_enabled(endpoint.pk)
        data = {"projectId": endpoint.project_id, "endpointId": endpoint.pk, "message": "This is a test."}
        delivery = WebhookDelivery.objects.create(
            project_id=endpoint.project_id,
            endpoint=endpoint,
            lane=endpoint.pk,
            type=TEST,
            body=compose(TEST, database_now(), data),
        )
    return WebhookDelivery.objects.select_related("endpoint").get(pk=delivery.pk)


def _require_enabled(endpoint_id: uuid.UUID) -> None:
    """Behind the endpoint's lock, which whoever disables it holds too."""
    enabled = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id, enabled=True)
    if enabled.first() is None:
        raise EndpointDisabled


def _begin_anew(chosen: QuerySet[WebhookDelivery]) -> int:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return chosen.filter(free).update(
        state=DeliveryState.PENDING, step=0, next_attempt_at=Now(), hinted_at=None, finished_at=None
    )
