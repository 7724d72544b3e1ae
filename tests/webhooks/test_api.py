"""Endpoints, secrets and deliveries over the API."""

import uuid
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from rest_framework.test import APIClient

from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.models import AuditEntry
from gencraft_media.webhooks.endpoints import MOST_ENDPOINTS
from gencraft_media.webhooks.models import ProjectSigningSecret, WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.subscriptions import check_webhook_url, subscribe_job
from tests.factories import api_client, make_key, make_project
from tests.webhooks.driving import make_endpoint, publish, send_due, tell
from tests.webhooks.receivers import Receivers

URL = "https://hooks.example.com/media?token=abc"
ENDPOINTS = "/api/media/webhooks/endpoints"
DELIVERIES = "/api/media/webhooks/deliveries"


@pytest.fixture
def project(db: None, settings: Settings) -> Project:
    """Alice's project."""
    settings.API_REQUESTS_PER_MINUTE = -1
    return make_project()


@pytest.fixture
def client(project: Project) -> APIClient:
    """Alice's own server."""
    return api_client(make_key(project)[1])


def create(client: APIClient, **fields: Any) -> dict[str, Any]:
    """A new endpoint as the API shows it."""
    answer = client.post(ENDPOINTS, {"url": URL, "events": ["job.*"], **fields})
    assert answer.status_code == 201, answer.json()
    document: dict[str, Any] = answer.json()
    return document


def test_an_endpoint_is_made_shown_changed_and_deleted(client: APIClient, project: Project) -> None:
    made = create(client, description="our shop")
    assert made["secret"].startswith("whsec_")
    shown = client.get(f"{ENDPOINTS}/{made['id']}").json()
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert shown["projectId"] == str(project.pk)
    assert (shown["url"], shown["events"], shown["enabled"]) == (URL, ["job.*"], True)
    changed = client.patch(f"{ENDPOINTS}/{made['id']}", {"events": ["asset.*", "asset.*"], "enabled": False}).json()
    assert (changed["events"], changed["enabled"], changed["disabledReason"]) == (["asset.*"], False, "manual")
    assert client.get(ENDPOINTS).json()["items"] == [changed]
    assert client.patch(f"{ENDPOINTS}/{made['id']}", {"enabled": True}).json()["disabledReason"] is None
    assert client.delete(f"{ENDPOINTS}/{made['id']}").status_code == 204
    assert client.get(f"{ENDPOINTS}/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://127.0.0.1/",
        "https://10.1.2.3/hook",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com/#part",
        "ftp://hooks.example.com/",
        "https://hooks.example.com/ a",
        "hooks",
        "https://" + "a" * 2100 + ".example.com/",
    ],
)
def test_an_address_that_can_never_be_sent_to_is_refused_when_it_is_saved(client: APIClient, url: str) -> None:
    answer = client.post(ENDPOINTS, {"url": url, "events": ["*"]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]
    endpoint = create(client)
    assert client.patch(f"{ENDPOINTS}/{endpoint['id']}", {"url": url}).status_code == 422
    with pytest.raises(InvalidRequest) as refused:
        check_webhook_url(url)
    assert [error.field for error in refused.value.errors] == ["webhookUrl"]
    with pytest.raises(InvalidRequest):
        subscribe_job(uuid.uuid4(), uuid.UUID(endpoint["projectId"]), url)


def test_a_filter_names_known_events(client: APIClient) -> None:
    answer = client.post(ENDPOINTS, {"url": URL, "events": ["job.complete", "*"]})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["nearest"]) == ("events.0", "job.completed")
    assert "attempt.*" not in error["allowed"]
    assert client.post(ENDPOINTS, {"url": URL, "events": []}).status_code == 422


def test_a_project_has_a_bounded_number_of_endpoints(client: APIClient, project: Project) -> None:
    for _ in range(MOST_ENDPOINTS):
        make_endpoint(URL, project=project)
    assert client.post(ENDPOINTS, {"url": URL, "events": ["*"]}).status_code == 409


def test_the_secret_is_shown_on_demand_to_those_who_may_change_things(client: APIClient, project: Project) -> None:
    made = create(client)
    shown = client.get(f"{ENDPOINTS}/{made['id']}/secret").json()
    assert shown == {"secret": made["secret"], "previousUntil": None}
    rotated = client.post(f"{ENDPOINTS}/{made['id']}/secret/rotate").json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previousUntil"]
    reader = api_client(make_key(project, scopes=["read"], name="reader")[1])
    assert reader.get(f"{ENDPOINTS}/{made['id']}").status_code == 200
    assert reader.get(f"{ENDPOINTS}/{made['id']}/secret").status_code == 403
    assert reader.get("/api/media/webhooks/secret").status_code == 403


def test_the_project_has_one_secret_for_its_jobs(client: APIClient, project: Project) -> None:
    first = client.get("/api/media/webhooks/secret").json()["secret"]
    assert first.startswith("whsec_")
    assert client.get(f"/api/media/webhooks/secret?projectId={project.pk}").json()["secret"] == first
    rotated = client.post("/api/media/webhooks/secret/rotate").json()
    assert rotated["secret"] != first
    assert client.get("/api/media/webhooks/secret").json() == rotated
    assert client.get("/api/media/webhooks/secret?project=1").status_code == 422


def test_secrets_are_sealed_in_the_database_and_left_out_of_the_audit(client: APIClient, project: Project) -> None:
    made = create(client)
    client.post(f"{ENDPOINTS}/{made['id']}/secret/rotate")
    client.get("/api/media/webhooks/secret")
    secrets = [made["secret"], WebhookEndpoint.objects.get().secret, ProjectSigningSecret.objects.get().secret]
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, previous_secret FROM webhook_endpoints")
        kept = str(cursor.fetchall())
        cursor.execute("SELECT secret FROM webhook_project_secrets")
        kept += str(cursor.fetchall())
    kept += str(list(AuditEntry.objects.values_list("before", "after")))
    assert not [secret for secret in secrets if secret in kept]
    assert "token=abc" not in kept


def test_a_test_message_comes_whatever_the_filter(receivers: Receivers, client: APIClient) -> None:
    endpoint = create(client, url=receivers.url("ok/a"), events=["credits.low"])
    answer = client.post(f"{ENDPOINTS}/{endpoint['id']}/test")
    assert answer.status_code == 202
    assert (answer.json()["type"], answer.json()["state"], answer.json()["jobId"]) == ("webhook.test", "pending", None)
    send_due()
    (received,) = receivers.at("ok/a")
    received.verify(endpoint["secret"])
    assert received.document["type"] == "webhook.test"
    client.patch(f"{ENDPOINTS}/{endpoint['id']}", {"enabled": False})
    assert client.post(f"{ENDPOINTS}/{endpoint['id']}/test").status_code == 409


def test_deliveries_are_listed_by_what_they_are(receivers: Receivers, client: APIClient, project: Project) -> None:
    well = make_endpoint(receivers.url("ok/a"), project=project)
    ill = make_endpoint(receivers.url("failing/b"), project=project, events=("job.completed",))
    job = tell(project).subject_id
    tell(project, "job.failed")
    publish()
    while send_due():
        pass

    def count(query: str) -> int:
        answer = client.get(f"{DELIVERIES}?{query}")
        assert answer.status_code == 200, answer.json()
        return len(answer.json()["items"])

    assert count("") == 3
    assert (count(f"endpointId={well.pk}"), count(f"endpointId={ill.pk}")) == (2, 1)
    assert (count("state=delivered"), count("state=pending"), count("state=failed")) == (2, 1, 0)
    assert (count(f"jobId={job}"), count("type=job.failed")) == (2, 1)
    assert (count("since=2026-01-01T00:00:00Z"), count("until=2026-01-01T00:00:00Z")) == (3, 0)
    assert count(f"projectId={project.pk}&limit=2") == 2
    assert client.get(f"{DELIVERIES}?status=failed").status_code == 422
    first = client.get(f"{DELIVERIES}?limit=1").json()
    second = client.get(f"{DELIVERIES}?limit=1&cursor={first['nextCursor']}").json()
    assert first["items"][0]["id"] != second["items"][0]["id"]


def test_one_delivery_is_shown_with_its_body_and_attempts(
    receivers: Receivers, client: APIClient, project: Project
) -> None:
    make_endpoint(receivers.url("failing/a"), project=project)
    job = tell(project).subject_id
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    shown = client.get(f"{DELIVERIES}/{delivery.pk}").json()
    assert (shown["jobId"], shown["webhookId"]) == (str(job), delivery.message_id)
    assert shown["body"].encode() == receivers.at("failing/a")[0].body
    assert shown["nextAttemptAt"]
    (attempt,) = shown["attempts"]
    assert (attempt["status"], attempt["error"], attempt["answer"]) == (500, "status_500", "answer 500")
    assert attempt["durationMs"] >= 0


def test_a_replay_sends_the_same_message_again_and_on_its_whole_schedule(
    receivers: Receivers, client: APIClient, project: Project
) -> None:
    make_endpoint(receivers.url("ok/a"), project=project)
    tell(project)
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    answer = client.post(f"{DELIVERIES}/{delivery.pk}/replay")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    send_due()
    first, second = receivers.at("ok/a")
    assert (first.id, first.body) == (second.id, second.body)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count, delivery.step) == ("delivered", 2, 1)


def test_a_delivery_that_is_being_sent_or_whose_endpoint_is_disabled_cannot_be_replayed(
    client: APIClient, project: Project
) -> None:
    endpoint = make_endpoint(URL, project=project)
    tell(project)
    publish()
    delivery = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(lease_until=from_now(10))
    assert client.post(f"{DELIVERIES}/{delivery.pk}/replay").status_code == 409
    WebhookDelivery.objects.update(lease_until=None)
    client.patch(f"{ENDPOINTS}/{endpoint.pk}", {"enabled": False})
    assert client.post(f"{DELIVERIES}/{delivery.pk}/replay").status_code == 409


def test_a_range_is_replayed_by_time_and_state(receivers: Receivers, client: APIClient, project: Project) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"), project=project)
    for _ in range(4):
        tell(project)
    publish()
    keys = list(WebhookDelivery.objects.order_by("event_id").values_list("pk", flat=True))
    for key, state in zip(keys, ("delivered", "failed", "canceled", "failed"), strict=True):
        WebhookDelivery.objects.filter(pk=key).update(state=state)
    WebhookDelivery.objects.filter(pk=keys[3]).update(created_at=from_now(-3600))

    def replay(**body: Any) -> Any:
        return client.post(f"{ENDPOINTS}/{endpoint.pk}/replay", body)

    assert replay(since="2026-01-01T00:00:00Z", until="2026-01-02T00:00:00Z").json() == {"replayed": 0}
    assert replay(since="2026-01-01T00:00:00Z", states=["delivered"]).json() == {"replayed": 1}
    an_hour_ago = WebhookDelivery.objects.get(pk=keys[3]).created_at.isoformat().replace("+00:00", "Z")
    assert replay(since="2026-01-01T00:00:00Z", until=an_hour_ago).json() == {"replayed": 0}
    assert replay(since=an_hour_ago).json() == {"replayed": 3}
    while send_due():
        pass
    assert len(receivers.at("ok/a")) == 4
    assert replay(since="2026-01-01T00:00:00Z", states=["pending"]).status_code == 422


def test_the_event_types_are_listed(client: APIClient) -> None:
    items = {one["type"]: one for one in client.get("/api/media/webhooks/event-types").json()["items"]}
    assert {"job.completed", "asset.created", "credits.low", "webhook.disabled"} <= set(items)
    assert items["job.progress"]["byDefault"] is False
    assert not [name for name in items if name.startswith(("attempt.", "item."))]
