"""Which events become deliveries, and that each does once, in whatever order they are written and numbered."""

import json
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from gencraft_media.accounts.models import Project
from gencraft_media.common.events import record_event
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.stamping import stamp_events
from gencraft_media.webhooks import outbox
from gencraft_media.webhooks.bodies import LARGEST_BODY_BYTES
from gencraft_media.webhooks.endpoints import change_endpoint
from gencraft_media.webhooks.models import WebhookCursor, WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.outbox import publish_events
from gencraft_media.webhooks.subscriptions import subscribe_job
from tests.factories import make_project
from tests.webhooks.driving import in_threads, make_endpoint, publish, tell

URL = "https://hooks.example.com/media"


@pytest.fixture
def project(db: None) -> Project:
    """A project without endpoints."""
    return make_project()


def written(endpoint: WebhookEndpoint | None = None) -> list[str]:
    """The types of the deliveries, in the order of their events."""
    found = WebhookDelivery.objects.order_by("event_id", "endpoint_id")
    if endpoint is not None:
        found = found.filter(endpoint=endpoint)
    return list(found.values_list("type", flat=True))


def test_an_event_becomes_one_delivery_for_each_endpoint_that_wants_it(project: Project) -> None:
    make_endpoint(URL, project=project)
    make_endpoint(URL + "/2", project=project, events=("job.*", "credits.low"))
    make_endpoint(URL + "/3", project=project, events=("asset.*",))
    make_endpoint(URL)
    tell(project)
    publish()
    publish()
    assert written() == ["job.completed", "job.completed"]


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        (("*",), ["job.queued", "asset.created", "job.completed", "asset.deleted", "quota.reached"]),
        (("job.*",), ["job.queued", "job.completed"]),
        (("asset.*",), ["asset.created", "asset.deleted"]),
        (("job.progress",), ["job.progress"]),
        (("job.completed", "quota.*"), ["job.completed", "quota.reached"]),
        (("credits.low",), []),
    ],
)
def test_a_filter_chooses_public_events_only(project: Project, events: tuple[str, ...], wanted: list[str]) -> None:
    make_endpoint(URL, project=project, events=events)
    for type in ("job.queued", "attempt.retry", "job.progress", "item.completed", "item.failed", "job.cancel_requested",
                 "job.completed", "asset.deleted", "quota.reached"):  # fmt: skip
        tell(project, type)
    publish()
    assert written() == wanted


def test_events_numbered_out_of_the_order_they_were_written_in_are_all_told(project: Project) -> None:
    endpoint = make_endpoint(URL, project=project)
    late, early = tell(project), tell(project)
    # The later row commits first and is numbered first.
    DomainEvent.objects.filter(pk=late.pk).update(project_id=None)
    publish()
    DomainEvent.objects.filter(pk=late.pk).update(project_id=project.pk)
    publish()
    assert set(WebhookDelivery.objects.values_list("event_id", flat=True)) == {early.pk, late.pk}
    assert WebhookCursor.objects.get(project=project).number == 2
    assert written(endpoint) == ["job.completed"] * 2


def test_what_happened_before_an_endpoint_was_there_is_not_told(project: Project) -> None:
    tell(project)
    stamp_events()
    not_numbered_yet = tell(project)
    DomainEvent.objects.filter(pk=not_numbered_yet.pk).update(created_at="2026-01-01T00:00:00Z")
    make_endpoint(URL, project=project)
    fresh = tell(project)
    publish()
    assert list(WebhookDelivery.objects.values_list("event_id", flat=True)) == [fresh.pk]


def test_a_new_asset_is_told_under_the_names_of_the_assets_other_events(project: Project) -> None:
    make_endpoint(URL, project=project)
    event = tell(project, "item.completed", itemId="i", index=0, result={"assetId": "a", "cdnUrl": "u"})
    publish()
    document = json.loads(WebhookDelivery.objects.get().body)
    assert document["type"] == "asset.created"
    assert document["data"] == {
        "projectId": str(project.pk), "number": event.number, "jobId": str(event.subject_id),
        "itemId": "i", "index": 0, "assetId": "a", "cdnUrl": "u",
    }  # fmt: skip


def test_a_disabled_endpoints_events_are_kept_for_a_replay(project: Project) -> None:
    endpoint = make_endpoint(URL, project=project)
    change_endpoint(endpoint, {"enabled": False}, actor=project.owner)
    tell(project)
    publish()
    assert list(WebhookDelivery.objects.values_list("state", "type")) == [("canceled", "job.completed")]


def test_an_endpoint_is_not_told_that_it_was_disabled_but_others_are(project: Project) -> None:
    endpoint, other = make_endpoint(URL, project=project), make_endpoint(URL + "/2", project=project)
    change_endpoint(endpoint, {"enabled": False}, actor=project.owner)
    publish()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.endpoint_id, delivery.type) == (other.pk, "webhook.disabled")
    assert json.loads(delivery.body)["data"]["endpointId"] == str(endpoint.pk)


def test_the_webhook_of_a_job_is_told_of_that_job_alone(project: Project) -> None:
    with transaction.atomic():
        job = tell(project, "job.queued").subject_id
        subscribe_job(job, project.pk, URL)
    tell(project, "job.queued")
    for type in ("job.processing", "job.progress", "item.completed", "job.completed"):
        tell(project, type, job_id=job)
    publish()
    assert written() == ["job.queued", "job.processing", "job.completed"]
    assert WebhookDelivery.objects.filter(job_webhook__job_id=job, subject_id=job).count() == 3


def test_a_body_past_the_limit_names_things_and_says_no_more(project: Project) -> None:
    make_endpoint(URL, project=project)
    event = tell(project, note="é" * 20_000)
    publish()
    delivery = WebhookDelivery.objects.get()
    assert len(delivery.body.encode()) < LARGEST_BODY_BYTES
    data = json.loads(delivery.body)["data"]
    assert data == {
        "projectId": str(project.pk),
        "number": event.number,
        "jobId": str(event.subject_id),
        "status": "completed",
        "progress": 100,
        "truncated": True,
    }


def test_an_idle_look_is_one_query(project: Project, django_assert_num_queries: Any) -> None:
    make_endpoint(URL, project=project)
    tell(project)
    publish()
    with django_assert_num_queries(1):
        assert publish_events() is False


def test_many_events_are_taken_a_page_at_a_time(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_EVENTS_AT_ONCE", 3)
    make_endpoint(URL, project=project)
    for _ in range(7):
        tell(project)
    stamp_events()
    assert [publish_events() for _ in range(4)] == [True, True, False, False]
    assert len(written()) == 7


def test_one_event_that_cannot_be_rendered_keeps_nobody_else_waiting(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_project()
    for one in (project, other):
        make_endpoint(URL, project=one)
        tell(one)
    stamp_events()

    def render(event: DomainEvent, name: str) -> str:
        if event.project_id == project.pk:
            raise ValueError("no body")
        return "{}"

    monkeypatch.setattr(outbox, "body_of", render)
    publish_events()
    assert list(WebhookDelivery.objects.values_list("project_id", flat=True)) == [other.pk]


def test_a_delivery_has_exactly_one_target(project: Project) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.create(project=project, type="job.queued", body="{}", lane=uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_writers_stampers_and_publishers_side_by_side_lose_and_double_nothing() -> None:
    project = make_project()
    endpoint = make_endpoint(URL, project=project)
    told = 60

    def write_and_publish() -> None:
        for number in range(told // 6):
            with transaction.atomic():
                # Committed long after its id was given, while others number and publish theirs.
                record_event(
                    subject_kind="job", subject_id=uuid.uuid4(), number=1, type="job.completed",
                    payload={"turn": number}, project_id=project.pk,
                )  # fmt: skip
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(0.002)")
            stamp_events()
            publish_events()

    in_threads(6, write_and_publish)
    publish()
    events = list(WebhookDelivery.objects.filter(endpoint=endpoint).values_list("event_id", flat=True))
    assert len(events) == len(set(events)) == told
    assert set(events) == set(DomainEvent.objects.values_list("pk", flat=True))
