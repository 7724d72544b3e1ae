"""What operators change of webhooks while the engine runs: whether deliveries wait."""

from rest_framework import serializers

from billing.scoped_changes import scoped_change
from billing.scopes import ScopeField
from gencraft_media.common.configuration import (
    Planned,
    Risk,
    RuntimeAction,
    register_runtime_action,
    register_store,
)
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.common.settings_store import settings_store
from gencraft_media.webhooks.models import WebhookPause

PAUSES = register_store(settings_store(WebhookPause, "webhooks.pause"))


class PauseParameters(StrictSerializer):
    """Whether deliveries wait, of every project or of one."""

    paused = serializers.BooleanField()
    scope = ScopeField(plans=False)


def _plan_pause(paused: bool, scope: str) -> Planned:
    label = "Webhook deliveries wait"
    return scoped_change(WebhookPause, PAUSES, scope, "paused", paused, label=label, risk=Risk.AVAILABILITY)


register_runtime_action(
    RuntimeAction(
        "webhooks.pause",
        "Let webhook deliveries wait, or go on",
        PauseParameters,
        _plan_pause,
        ("Pause webhooks for 2 hours", "Resume webhooks"),
    )
)
