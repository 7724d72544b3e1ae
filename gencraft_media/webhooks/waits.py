"""How long to wait before the next attempt. Every wait can be shortened at once, for tests."""

import random

from django.conf import settings

from gencraft_media.webhooks.models import WebhookSettings

# A receiver that asks for longer is asked again after this.
LONGEST_WAIT_S = 86_400.0
_DAY_S = 86_400.0


def scaled(seconds: float) -> float:
    """`seconds` of the schedule in real seconds."""
    return float(seconds / settings.WEBHOOK_TIME_SCALE)


def wait_after(rules: WebhookSettings, *, step: int, retry_after_s: float | None) -> float | None:
    """Real seconds until the attempt after the `step`-th of the schedule, None when that was the last.

    `retry_after_s` is what the receiver asked for, which makes a wait longer but never shorter.
    """
    if step >= len(rules.schedule_s):
        return None
    spread = rules.jitter_percent / 100
    wait_s = rules.schedule_s[step] * (1 + random.uniform(-spread, spread))  # noqa: S311 (no secret)
    return scaled(max(wait_s, min(retry_after_s or 0.0, LONGEST_WAIT_S)))


def first_wait(rules: WebhookSettings) -> float:
    """Real seconds between an event and the first attempt."""
    return scaled(rules.schedule_s[0])


def pause_after(rules: WebhookSettings, *, retry_after_s: float | None) -> float:
    """Real seconds for which an endpoint that asked for fewer requests gets none."""
    return scaled(min(rules.throttle_s if retry_after_s is None else retry_after_s, LONGEST_WAIT_S))


def patience(rules: WebhookSettings) -> float:
    """Real seconds of nothing but failures after which an endpoint is disabled."""
    return scaled(rules.disable_after_days * _DAY_S)
