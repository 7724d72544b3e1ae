"""Forgetting deliveries that ended long ago, with their logs."""

from django.db.models import Exists, OuterRef

from gencraft_media.common.clock import from_now
from gencraft_media.common.versioned import current_settings
from gencraft_media.webhooks.models import DeliveryState, JobWebhook, WebhookDelivery, WebhookSettings

_DAY_S = 86_400.0
_ROWS_AT_ONCE = 500


def prune_deliveries() -> int:
    """Remove what ended before the settings' `keep_days`, and webhooks of jobs that have nothing left to send.

    Returns how many deliveries went.
    """
    past = from_now(-_DAY_S * current_settings(WebhookSettings).keep_days)
    old = WebhookDelivery.objects.filter(created_at__lt=past).exclude(state=DeliveryState.PENDING)
    removed = 0
    # In pieces, so that senders never wait long for the one writer of SQLite.
    while keys := list(old.values_list("pk", flat=True)[:_ROWS_AT_ONCE]):
        removed += old.filter(pk__in=keys).delete()[1].get(WebhookDelivery._meta.label, 0)
    left = WebhookDelivery.objects.filter(job_webhook=OuterRef("pk"))
    JobWebhook.objects.filter(~Exists(left), created_at__lt=past).delete()
    return removed
