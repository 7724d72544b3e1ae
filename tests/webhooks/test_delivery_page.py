"""The page of one message, and sending it again, or all that an endpoint missed."""

import pytest
from django.test import Client
from django.urls import reverse

from gencraft_media.common.models import AuditEntry
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery
from tests.factories import make_super_admin
from tests.staff import staff_with
from tests.webhooks.driving import make_endpoint, publish, send_due, tell
from tests.webhooks.receivers import Receivers


@pytest.fixture
def sam(db: None) -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def delivered(receivers: Receivers, path: str) -> WebhookDelivery:
    """A message that was tried once."""
    tell(make_endpoint(receivers.url(path)).project)
    publish()
    send_due()
    return WebhookDelivery.objects.get()


def address(name: str, delivery: WebhookDelivery) -> str:
    return reverse(f"admin:webhooks_{name}", args=[delivery.pk])


def test_the_page_shows_every_try_with_what_came_back(receivers: Receivers, sam: Client) -> None:
    delivery = delivered(receivers, "failing/a")
    page = sam.get(address("webhookdelivery_change", delivery)).content.decode()
    assert "status_500" in page
    assert "answer 500" in page
    assert delivery.message_id in page
    assert "&quot;type&quot;: &quot;job.completed&quot;" in page
    assert "v1," not in page
    assert "whsec_" not in page


def test_a_message_is_sent_again_after_a_question_and_with_a_reason(receivers: Receivers, sam: Client) -> None:
    delivery = delivered(receivers, "ok/a")
    assert sam.post(address("delivery_replay", delivery), {"reason": ""}).status_code == 200
    assert sam.post(address("delivery_replay", delivery), {"reason": "They lost it."}).status_code == 302
    send_due()
    assert len(receivers.at("ok/a")) == 2
    assert AuditEntry.objects.get(action="webhook.replay").reason == "They lost it."


def test_who_may_only_look_sends_nothing(receivers: Receivers) -> None:
    delivery = delivered(receivers, "ok/a")
    client = Client()
    client.force_login(staff_with("webhooks.view_webhookdelivery"))
    page = client.get(address("webhookdelivery_change", delivery)).content.decode()
    assert "Send it again" not in page
    assert client.post(address("delivery_replay", delivery), {"reason": "x"}).status_code == 403


def test_all_that_an_endpoint_missed_is_sent_again(receivers: Receivers, sam: Client) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    for _ in range(3):
        tell(endpoint.project)
    publish()
    WebhookDelivery.objects.update(state=DeliveryState.FAILED)
    answer = sam.post(
        reverse("admin:webhooks_webhookendpoint_changelist"),
        {"action": "replay_missed", "_selected_action": [str(endpoint.pk)]},
        follow=True,
    )
    assert answer.status_code == 200
    send_due()
    assert len(receivers.at("ok/a")) == 3
    assert AuditEntry.objects.get(action="webhook.replay_missed").after == {"deliveries": 3}
