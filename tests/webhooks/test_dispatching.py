"""Who is sent to when: few requests for each receiver, trouble apart, and nothing twice at a time."""

import uuid
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from gencraft_media.common.clock import from_now
from gencraft_media.webhooks.claims import claim
from gencraft_media.webhooks.delivering import deliver
from gencraft_media.webhooks.dispatching import PER_RECEIVER, dispatch_deliveries
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookSettings
from gencraft_media.webhooks.sending import Outcome, send
from gencraft_media.webhooks.subscriptions import subscribe_job
from tests.factories import make_project
from tests.webhooks.driving import make_endpoint, nothing_pending, publish, send_due, senders, set_rules, tell
from tests.webhooks.receivers import Receivers

URL = "https://hooks.example.com/"


def hinted() -> list[WebhookDelivery]:
    """What the dispatcher hints at now."""
    found: list[uuid.UUID] = []
    dispatch_deliveries(found.append)
    return [WebhookDelivery.objects.get(pk=pk) for pk in found]


def waiting_endpoint(messages: int, **facts: object) -> WebhookEndpoint:
    """An endpoint with so many messages due."""
    endpoint = make_endpoint(URL)
    for _ in range(messages):
        tell(endpoint.project)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**facts)
    return endpoint


@pytest.mark.django_db
def test_a_receiver_has_four_requests_at_once_at_most() -> None:
    busy, other = waiting_endpoint(10), waiting_endpoint(2)
    publish()
    assert sorted(one.endpoint_id == busy.pk for one in hinted()) == [False] * 2 + [True] * PER_RECEIVER
    assert hinted() == []
    claim(WebhookDelivery.objects.filter(endpoint=busy, hinted_at__isnull=False)[0].pk, WebhookSettings())
    assert hinted() == []
    assert other.deliveries.filter(hinted_at__isnull=False).count() == 2


@pytest.mark.django_db
def test_what_a_receiver_has_already_counts() -> None:
    endpoint = waiting_endpoint(3)
    publish()
    assert len(hinted()) == 3
    for _ in range(4):
        tell(endpoint.project)
    publish()
    assert len(hinted()) == 1


@pytest.mark.django_db
def test_no_more_than_the_slots_are_in_hand() -> None:
    for _ in range(20):
        waiting_endpoint(3)
    publish()
    # A quarter is left for those in trouble.
    assert len(hinted()) == settings.WEBHOOK_SLOTS * 3 // 4
    assert hinted() == []


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [{"consecutive_failures": 1}, {"is_slow": True}])
def test_those_in_trouble_take_half_of_the_slots_at_most(trouble: dict[str, object]) -> None:
    for _ in range(10):
        waiting_endpoint(4, **trouble)
    publish()
    assert len(hinted()) == settings.WEBHOOK_SLOTS // 2
    well = waiting_endpoint(4)
    publish()
    assert {one.endpoint_id for one in hinted()} == {well.pk}


@pytest.mark.django_db
def test_repetitions_of_jobs_webhooks_count_as_trouble_too(settings: Settings) -> None:
    settings.WEBHOOK_SLOTS = 4
    waiting_endpoint(4)
    publish()
    WebhookDelivery.objects.update(step=1)
    assert len(hinted()) == 2


@pytest.mark.django_db
def test_receivers_take_turns_whoever_waits_longer() -> None:
    first, second = waiting_endpoint(4), waiting_endpoint(4)
    publish()
    WebhookDelivery.objects.filter(endpoint=first).update(next_attempt_at=from_now(-600))
    turns = [one.endpoint_id for one in hinted()]
    assert turns == [first.pk, second.pk] * 4


@pytest.mark.django_db
def test_jobs_of_one_project_at_one_host_share_its_requests() -> None:
    project = make_project()
    for number in range(6):
        job = tell(project, "job.queued").subject_id
        subscribe_job(job, project.pk, f"https://one.example.com/{number}")
    job = tell(project, "job.queued").subject_id
    subscribe_job(job, project.pk, "https://two.example.com/")
    publish()
    assert sorted(one.url[:11] for one in hinted()) == ["https://one"] * PER_RECEIVER + ["https://two"]


def test_a_hint_is_good_for_one_attempt(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("failing/a"))
    tell(endpoint.project)
    publish()
    (due,) = hinted()
    for _ in range(3):
        deliver(str(due.pk))
    assert len(receivers.at("failing/a")) == 1


@pytest.mark.django_db
def test_nobody_takes_what_somebody_has_whatever_the_hints_say() -> None:
    waiting_endpoint(1)
    publish()
    (due,) = hinted()
    assert claim(due.pk, WebhookSettings()) is not None
    WebhookDelivery.objects.update(hinted_at=from_now(0))
    assert claim(due.pk, WebhookSettings()) is None


def test_a_lost_hint_is_given_again(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    tell(endpoint.project)
    publish()
    assert len(hinted()) == 1
    past = from_now(-settings.HINT_PATIENCE_S - 1)
    WebhookDelivery.objects.update(hinted_at=past, next_attempt_at=from_now(-1))
    assert send_due() == 1
    assert len(receivers.at("ok/a")) == 1


def test_what_a_dead_sender_had_is_sent_again_under_the_same_id(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    tell(endpoint.project)
    publish()
    (due,) = hinted()
    dead = claim(due.pk, WebhookSettings())
    assert dead is not None
    assert send_due() == 0
    WebhookDelivery.objects.update(lease_until=from_now(-1), next_attempt_at=from_now(-1))
    assert send_due() == 1
    assert [one.id for one in receivers.at("ok/a")] == [dead.message_id]


def test_a_sender_that_lost_its_lease_writes_nothing(receivers: Receivers, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = make_endpoint(receivers.url("failing/a"))
    tell(endpoint.project)
    publish()

    def overtaken(*args: Any, **options: Any) -> Outcome:
        outcome = send(*args, **options)
        WebhookDelivery.objects.update(fence=99)
        return outcome

    monkeypatch.setattr("gencraft_media.webhooks.delivering.send", overtaken)
    send_due()
    delivery = WebhookDelivery.objects.get()
    endpoint.refresh_from_db()
    assert (delivery.attempt_count, delivery.attempts.count(), endpoint.consecutive_failures) == (0, 0, 0)


@pytest.mark.django_db
def test_an_idle_look_is_one_query(django_assert_num_queries: Any) -> None:
    waiting_endpoint(1)
    publish()
    WebhookDelivery.objects.update(next_attempt_at=from_now(30))
    with django_assert_num_queries(1):
        assert dispatch_deliveries(lambda pk: None) == 0


def test_a_slow_receiver_never_delays_another(live_receivers: Receivers) -> None:
    set_rules(timeout_s=10)
    slow = [make_endpoint(live_receivers.url(f"hanging/{number}")) for number in range(3)]
    well = make_endpoint(live_receivers.url("ok/well"))
    for endpoint in [*slow, well]:
        for _ in range(30):
            tell(endpoint.project)
    with senders() as running:
        # Well before the first of the slow ones is given up.
        running.until(
            lambda: len(live_receivers.at("ok/well")) == 30, timeout_s=8, what="the messages of a receiver that is well"
        )
        assert all(live_receivers.most_at_once[f"/hanging/{number}"] <= PER_RECEIVER for number in range(3))
        assert not nothing_pending()
        live_receivers.released.set()
