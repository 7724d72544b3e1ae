"""The page of one message: what it says, every try with what came back, and sending it again. Never a signature."""

import json
import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from gencraft_media.common import actions
from gencraft_media.common.confirming import ask_and_do
from gencraft_media.webhooks.models import WebhookAttempt, WebhookDelivery
from gencraft_media.webhooks.pausing import shown_state

MAY_REPLAY = "webhooks.change_webhookdelivery"
STATES = {"delivered": "success", "failed": "danger", "canceled": "warning", "pending": "info", "paused": "warning"}
_MOST_ATTEMPTS = 100
_SHOWN_CHARACTERS = 20_000


def delivery_context(request: HttpRequest, delivery: WebhookDelivery) -> dict[str, Any]:
    """What the message's template names."""
    attempts: list[WebhookAttempt] = list(delivery.attempts.order_by("-id")[:_MOST_ATTEMPTS])
    return {
        "delivery": delivery,
        "state": shown_state(delivery),
        "tone": STATES[shown_state(delivery)],
        "attempts": attempts,
        "body": _readable(delivery.body)[:_SHOWN_CHARACTERS],
        "may_replay": request.user.has_perm(MAY_REPLAY),
    }


def replay_view(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Ask, then send the message again."""
    if not request.user.has_perm(MAY_REPLAY):
        raise PermissionDenied
    delivery = get_object_or_404(WebhookDelivery.objects.select_related("endpoint", "job_webhook"), pk=delivery_id)

    def run(reason: str) -> str:
        actions.perform("webhook.replay", actor=request.user, delivery_id=delivery.pk, reason=reason)
        return "It is sent again now, under the same webhook-id, and on its whole schedule from the beginning."

    return ask_and_do(
        request,
        title="Send it again",
        question="The receiver gets the same message once more; it can tell by the webhook-id that it is the same.",
        verb="Send it again",
        run=run,
        back=reverse("admin:webhooks_webhookdelivery_change", args=[delivery.pk]),
        facts={
            "Event": delivery.type,
            "To": delivery.url,
            "State": shown_state(delivery),
            "Tries": delivery.attempt_count,
        },
    )


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
