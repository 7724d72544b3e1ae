"""When an endpoint is paused, when it is disabled, and who is told."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from gencraft_media.common.clock import database_now, from_now
from gencraft_media.common.models import AuditEntry, DomainEvent
from gencraft_media.webhooks.endpoints import change_endpoint
from gencraft_media.webhooks.health import LEAST_FAILURES
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.sending import Outcome, send
from tests.webhooks.driving import make_endpoint, publish, send_due, states, tell
from tests.webhooks.receivers import Receivers


def due_again() -> None:
    """As if every wait were over."""
    WebhookDelivery.objects.filter(state="pending").update(next_attempt_at=from_now(-1))


def told(endpoint: WebhookEndpoint, messages: int = 1) -> None:
    """So many messages for the endpoint."""
    for _ in range(messages):
        tell(endpoint.project)
    publish()


def test_410_disables_at_once_and_cancels_what_waits(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("gone/a"))
    told(endpoint, 6)
    send_due()
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "gone")
    assert endpoint.disabled_at is not None
    assert states() == {"canceled": 6}
    assert len(receivers.at("gone/a")) == 1
    due_again()
    assert send_due() == 0
    event = DomainEvent.objects.get(type="webhook.disabled")
    assert (event.subject_id, event.payload["reason"]) == (endpoint.pk, "gone")
    audit = AuditEntry.objects.get(action="webhook.disable_endpoint")
    assert (audit.actor_label, audit.after) == ("engine", {"reason": "gone"})


def test_five_days_of_nothing_but_failures_disable(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (500, {})
    told(endpoint)
    for _ in range(LEAST_FAILURES - 1):
        send_due()
        due_again()
    WebhookEndpoint.objects.update(failing_since=from_now(-timedelta(days=4, hours=23).total_seconds()))
    send_due()
    assert WebhookEndpoint.objects.get().enabled
    WebhookEndpoint.objects.update(failing_since=from_now(-timedelta(days=5, seconds=1).total_seconds()))
    told(endpoint)
    send_due()
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.disabled_reason) == (False, "failing")
    assert DomainEvent.objects.get(type="webhook.disabled").payload["failures"] == LEAST_FAILURES + 1


def test_the_five_days_are_scaled_with_the_schedule(receivers: Receivers, settings: Settings) -> None:
    settings.WEBHOOK_TIME_SCALE = 1000
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (500, {})
    WebhookEndpoint.objects.update(consecutive_failures=20, failing_since=from_now(-5 * 86.4 - 1))
    told(endpoint)
    send_due()
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "failing"


def test_a_few_failures_with_days_between_them_do_not_disable(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (500, {})
    told(endpoint)
    send_due()
    WebhookEndpoint.objects.update(failing_since=from_now(-86_400 * 30))
    due_again()
    send_due()
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.consecutive_failures) == (True, 2)


def test_one_success_wipes_the_slate(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    WebhookEndpoint.objects.update(consecutive_failures=50, failing_since=from_now(-86_400 * 9), is_slow=True)
    told(endpoint)
    send_due()
    endpoint.refresh_from_db()
    assert (endpoint.enabled, endpoint.consecutive_failures, endpoint.failing_since) == (True, 0, None)
    assert endpoint.is_slow is False


@pytest.mark.parametrize("status", [429, 502, 504])
def test_whoever_asks_for_less_gets_nothing_for_a_while(receivers: Receivers, status: int) -> None:
    endpoint, other = make_endpoint(receivers.url("scripted/a")), make_endpoint(receivers.url("ok/b"))
    receivers.answers["/scripted/a"] = (status, {"Retry-After": "600"})
    told(endpoint, 3)
    send_due()
    for one in WebhookDelivery.objects.all():
        assert timedelta(seconds=590) < one.next_attempt_at - database_now() <= timedelta(seconds=601)
    told(endpoint)
    told(other)
    assert send_due() == 1
    assert len(receivers.at("scripted/a")) == 1
    assert len(receivers.at("ok/b")) == 1


def test_a_500_does_not_hold_back_other_messages(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("failing/a"))
    told(endpoint, 3)
    send_due()
    assert len(receivers.at("failing/a")) == 3


def test_a_message_that_was_under_way_when_its_endpoint_was_disabled_still_counts(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))

    def send_while_disabled(*args: Any, **options: Any) -> Outcome:
        change_endpoint(endpoint, {"enabled": False}, actor=endpoint.project.owner)
        return send(*args, **options)

    monkeypatch.setattr("gencraft_media.webhooks.delivering.send", send_while_disabled)
    told(endpoint)
    send_due()
    assert states() == {"delivered": 1}
