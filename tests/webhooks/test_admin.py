"""Endpoints, deliveries and settings in the SuperAdmin panel."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from gencraft_media.common import actions
from gencraft_media.common.errors import ObjectNotFound, PermissionRefused
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.versioned import current_settings
from gencraft_media.webhooks.endpoints import change_endpoint
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookSettings
from gencraft_media.webhooks.signing_secrets import rotate_endpoint_secret
from tests.factories import make_super_admin, make_user
from tests.webhooks.driving import make_endpoint, publish, send_due, set_rules, tell
from tests.webhooks.receivers import Receivers


@pytest.fixture
def sam(db: None) -> Client:
    """A browser of Sam's."""
    client = Client()
    client.force_login(make_super_admin())
    return client


def run(client: Client, model: str, action: str, key: Any) -> str:
    """Choose one row of a list and an action, and the page that follows."""
    answer = client.post(f"/admin/webhooks/{model}/", {"action": action, "_selected_action": [str(key)]}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_endpoint_is_shown_without_its_secrets(sam: Client) -> None:
    endpoint = make_endpoint("https://hooks.example.com/media")
    rotated = rotate_endpoint_secret(endpoint, actor=None)
    pages = [
        sam.get(f"/admin/webhooks/webhookendpoint/{path}").content.decode() for path in ("", f"{endpoint.pk}/change/")
    ]
    assert all("hooks.example.com" in page for page in pages)
    assert not [page for page in pages if "whsec_" in page or rotated.secret in page or endpoint.secret in page]


def test_a_delivery_is_shown_with_its_attempts(receivers: Receivers, sam: Client) -> None:
    endpoint = make_endpoint(receivers.url("failing/a"))
    tell(endpoint.project)
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    assert "job.completed" in sam.get("/admin/webhooks/webhookdelivery/?state__exact=pending").content.decode()
    page = sam.get(f"/admin/webhooks/webhookdelivery/{delivery.pk}/change/").content.decode()
    assert "answer 500" in page
    assert "status_500" in page


def test_endpoints_are_enabled_disabled_and_tested(receivers: Receivers, sam: Client) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"), events=("job.*",))
    change_endpoint(endpoint, {"enabled": False}, actor=None)
    assert "disabled" in run(sam, "webhookendpoint", "test", endpoint.pk)
    run(sam, "webhookendpoint", "enable", endpoint.pk)
    run(sam, "webhookendpoint", "test", endpoint.pk)
    send_due()
    assert [one.document["type"] for one in receivers.at("ok/a")] == ["webhook.test"]
    run(sam, "webhookendpoint", "disable", endpoint.pk)
    assert WebhookEndpoint.objects.get().disabled_reason == "manual"


def test_a_delivery_is_sent_again(receivers: Receivers, sam: Client) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    tell(endpoint.project)
    publish()
    send_due()
    run(sam, "webhookdelivery", "replay", WebhookDelivery.objects.get().pk)
    send_due()
    assert len(receivers.at("ok/a")) == 2
    assert AuditEntry.objects.filter(action="webhook.replay").count() == 1


def test_the_schedule_is_changed_by_a_new_version(sam: Client) -> None:
    values = {"schedule_s": "[0, 60]", "jitter_percent": 5, "timeout_s": 20, "throttle_s": 30,
              "disable_after_days": 3, "keep_days": 10, "reason": "quieter"}  # fmt: skip
    sam.post("/admin/webhooks/webhooksettings/add/", values)
    assert current_settings(WebhookSettings).schedule_s == [0, 60]
    page = sam.post("/admin/webhooks/webhooksettings/add/", {**values, "schedule_s": '["soon"]'}).content.decode()
    assert "whole number of seconds" in page
    assert WebhookSettings.objects.count() == 1


@pytest.mark.parametrize("schedule", [[], [1.5], [True], [-1], "0", [0] * 31, [10**9]])
def test_a_schedule_that_is_none_is_refused(db: None, schedule: Any) -> None:
    with pytest.raises(ValidationError):
        set_rules(schedule_s=schedule)


def test_the_actions_need_their_right_and_their_row(db: None) -> None:
    endpoint = make_endpoint("https://hooks.example.com/media")
    with pytest.raises(PermissionRefused):
        actions.perform("webhook.disable", actor=make_user("stan", is_staff=True), endpoint_id=endpoint.pk)
    sam = make_super_admin()
    with pytest.raises(ObjectNotFound):
        actions.perform("webhook.test", actor=sam, endpoint_id=uuid.uuid4())
    with pytest.raises(ObjectNotFound):
        actions.perform("webhook.replay", actor=sam, delivery_id=uuid.uuid4())


def test_the_form_of_new_settings_begins_with_those_in_force(sam: Client) -> None:
    set_rules(throttle_s=7)
    page = sam.get("/admin/webhooks/webhooksettings/add/").content.decode()
    assert 'value="7"' in page
