"""How an endpoint does: slow, asked for fewer requests, gone, or failing for days."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.events import record_event
from gencraft_media.common.logs import logger
from gencraft_media.webhooks.models import (
    DeliveryState,
    DisabledReason,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSettings,
)
from gencraft_media.webhooks.sending import Outcome
from gencraft_media.webhooks.waits import patience, pause_after

log = logger(__name__)
GONE = 410
THROTTLED = frozenset({429, 502, 504})
# An endpoint that takes longer gets its turns among those in trouble.
SLOW_MS = 3000
# One unlucky day with a long silence around it is no proof.
LEAST_FAILURES = 10


def note_success(endpoint_id: uuid.UUID, outcome: Outcome) -> None:
    """The endpoint works, whatever was before."""
    slow = outcome.duration_ms > SLOW_MS
    news = Q(consecutive_failures__gt=0) | ~Q(is_slow=slow) | Q(failing_since__isnull=False)
    # Looked at without a transaction first: on SQLite each one takes the only write lock.
    if WebhookEndpoint.objects.filter(news, pk=endpoint_id).exists():
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(
            consecutive_failures=0, failing_since=None, is_slow=slow, paused_until=None
        )


def note_failure(endpoint_id: uuid.UUID, outcome: Outcome, rules: WebhookSettings) -> None:
    """Count it, and pause or disable the endpoint where that follows."""
    with transaction.atomic():
        endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint_id, enabled=True).first()
        if endpoint is None:
            return
        now = database_now()
        endpoint.consecutive_failures += 1
        endpoint.failing_since = endpoint.failing_since or now
        endpoint.is_slow = outcome.duration_ms > SLOW_MS
        endpoint.save(update_fields=["consecutive_failures", "failing_since", "is_slow"])
        if outcome.status == GONE:
            disable_endpoint(endpoint, DisabledReason.GONE)
        elif _is_hopeless(endpoint, now, rules):
            disable_endpoint(endpoint, DisabledReason.FAILING)
        elif outcome.status in THROTTLED:
            _pause(endpoint, now + timedelta(seconds=pause_after(rules, retry_after_s=outcome.retry_after_s)))


def disable_endpoint(endpoint: WebhookEndpoint, reason: DisabledReason) -> None:
    """Send nothing there any more, and tell. The caller holds the endpoint's lock, in a transaction."""
    endpoint.enabled, endpoint.disabled_reason = False, reason
    endpoint.event_count += 1
    endpoint.save(update_fields=["enabled", "disabled_reason", "event_count"])
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(disabled_at=Now(), paused_until=None)
    pending = WebhookDelivery.objects.filter(endpoint_id=endpoint.pk, state=DeliveryState.PENDING)
    pending.update(state=DeliveryState.CANCELED, finished_at=Now())
    record_event(
        subject_kind="webhook_endpoint",
        subject_id=endpoint.pk,
        number=endpoint.event_count,
        type="webhook.disabled",
        payload={"endpointId": str(endpoint.pk), "reason": reason.value, "failures": endpoint.consecutive_failures},
        project_id=endpoint.project_id,
    )
    if reason != DisabledReason.MANUAL:
        record_audit(actor=None, action="webhook.disable_endpoint", target=endpoint, after={"reason": reason.value})
        log.warning("webhook endpoint disabled", endpoint_id=str(endpoint.pk), reason=reason.value)


def _is_hopeless(endpoint: WebhookEndpoint, now: datetime, rules: WebhookSettings) -> bool:
    since = endpoint.failing_since or now
    return endpoint.consecutive_failures >= LEAST_FAILURES and (now - since).total_seconds() >= patience(rules)


def _pause(endpoint: WebhookEndpoint, until: datetime) -> None:
    """Put off whatever would be due there before; what nobody has in hand, that is."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(paused_until=until)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    pending = WebhookDelivery.objects.filter(free, endpoint_id=endpoint.pk, state=DeliveryState.PENDING)
    pending.filter(next_attempt_at__lt=until).update(next_attempt_at=until, hinted_at=None)
