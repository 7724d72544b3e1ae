"""Many messages to many receivers of which three in ten misbehave: none lost, none where it must not go."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from gencraft_media.common.events import record_event
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint, standard_schedule
from gencraft_media.webhooks.subscriptions import subscribe_job
from tests.factories import make_project
from tests.webhooks.driving import (
    make_endpoint,
    make_forbidden_endpoint,
    nothing_pending,
    senders,
    set_rules,
    states,
    tell,
)
from tests.webhooks.receivers import FAILURES, Forbidden, Receivers

# Of 23 receivers seven misbehave, each in its way; one of the honest ones is the webhook of a single job.
HONEST = 16
RECOVERING = ("slow", "reset", "failing", "garbage")


@dataclass(frozen=True)
class Crowd:
    """The endpoints by what they do."""

    honest: list[WebhookEndpoint]
    recovering: list[WebhookEndpoint]
    gone: WebhookEndpoint
    redirecting: WebhookEndpoint
    private: WebhookEndpoint

    @property
    def everybody(self) -> list[WebhookEndpoint]:
        return [*self.honest, *self.recovering, self.gone, self.redirecting, self.private]


def path_of(endpoint: WebhookEndpoint) -> str:
    """Where it is at the receivers' server."""
    return "/" + endpoint.url.partition("//")[2].partition("/")[2]


def make_crowd(receivers: Receivers, forbidden: Forbidden) -> Crowd:
    """Each receiver in a project of its own."""
    return Crowd(
        honest=[make_endpoint(receivers.url(f"ok/{number}")) for number in range(HONEST - 1)],
        recovering=[make_endpoint(receivers.url(f"{kind}/0")) for kind in RECOVERING],
        gone=make_endpoint(receivers.url("gone/0")),
        redirecting=make_endpoint(receivers.url("redirect/0")),
        private=make_forbidden_endpoint(f"http://127.0.0.1:{forbidden.port}/"),
    )


def tell_everybody(crowd: Crowd, messages: int) -> None:
    """So many events for each endpoint."""
    for _ in range(messages):
        for endpoint in crowd.everybody:
            tell(endpoint.project, result={"assetId": "a lake"})


def tell_one_job(receivers: Receivers, messages: int) -> None:
    """A job with a webhook of its own, and so many events."""
    project = make_project()
    job = tell(project, "job.queued").subject_id
    subscribe_job(job, project.pk, receivers.url("ok/job"))
    for number in range(1, messages):
        record_event(
            subject_kind="job", subject_id=job, number=1000 + number, type="job.processing", payload={},
            project_id=project.pk,
        )  # fmt: skip


def given_up_on(endpoint: WebhookEndpoint) -> set[str]:
    """Messages of which an answer came too late, as may happen on a machine with much else to do: told twice."""
    late = endpoint.deliveries.filter(attempts__error="timed_out").distinct()
    return {one.message_id for one in late}


def assert_nothing_was_lost(receivers: Receivers, crowd: Crowd, messages: int) -> None:
    """Each message has come to the end that its receiver deserves."""
    assert states() == {
        DeliveryState.DELIVERED: messages * (HONEST + len(RECOVERING)),
        DeliveryState.CANCELED: messages,
        DeliveryState.FAILED: 2 * messages,
    }
    for endpoint in [*crowd.honest, *crowd.recovering]:
        path = path_of(endpoint)
        wanted = {one.message_id for one in endpoint.deliveries.all()}
        accepted = Counter(receivers.accepted[path])
        assert set(accepted) == wanted
        assert {one for one, times in accepted.items() if times > 1} <= given_up_on(endpoint)
        assert receivers.verified[path] == len(receivers.at(path.removeprefix("/")))
    assert len(receivers.accepted["/ok/job"]) == messages


def assert_each_was_tried_as_it_should(receivers: Receivers, crowd: Crowd, messages: int, tries: int) -> None:
    """The flaky ones as often as they failed and once more, those without hope by the whole schedule."""
    for endpoint, kind in zip(crowd.recovering, RECOVERING, strict=True):
        needed = 2 if kind == "slow" else FAILURES + 1
        assert min(endpoint.deliveries.values_list("attempt_count", flat=True)) == needed
    for endpoint in (crowd.redirecting, crowd.private):
        assert set(endpoint.deliveries.values_list("attempt_count", flat=True)) == {tries}
    assert 0.9 * tries * messages <= len(receivers.at("redirect/0")) <= tries * messages
    crowd.gone.refresh_from_db()
    assert crowd.gone.disabled_reason == "gone"
    # Those that were under way when the first answer came.
    assert 1 <= len(receivers.at("gone/0")) <= 4


def assert_ids_and_bodies_stay(receivers: Receivers) -> None:
    """Every repetition is the same message to the byte."""
    bodies = defaultdict(set)
    for one in receivers.requests:
        bodies[one.path, one.id].add(one.body)
    assert {len(found) for found in bodies.values()} == {1}


def run(receivers: Receivers, forbidden: Forbidden, *, total: int, tries: int, timeout_s: float) -> None:
    """So many messages over the whole crowd, to their ends; the schedule has so many tries."""
    # Days are milliseconds here, and no run is to be over because some have gone by.
    set_rules(timeout_s=2, disable_after_days=30_000, schedule_s=standard_schedule()[:tries])
    crowd = make_crowd(receivers, forbidden)
    receivers.secrets = {path_of(endpoint): endpoint.secret for endpoint in crowd.everybody}
    messages = math.ceil(total / (len(crowd.everybody) + 1))
    tell_everybody(crowd, messages)
    tell_one_job(receivers, messages)
    with senders(django_settings.WEBHOOK_SLOTS) as running:
        running.until(
            lambda: WebhookDelivery.objects.count() >= total and nothing_pending(),
            timeout_s=timeout_s,
            what="the end of every message",
        )
    assert forbidden.connections == 0
    assert_nothing_was_lost(receivers, crowd, messages)
    assert_each_was_tried_as_it_should(receivers, crowd, messages, tries)
    assert_ids_and_bodies_stay(receivers)


def test_of_500_messages_none_is_lost_and_none_goes_where_it_must_not(
    live_receivers: Receivers, live_forbidden: Forbidden, settings: Settings
) -> None:
    settings.WEBHOOK_TIME_SCALE = 10_000
    run(live_receivers, live_forbidden, total=500, tries=4, timeout_s=240)


@pytest.mark.soak
def test_of_10000_messages_none_is_lost_and_none_goes_where_it_must_not(
    live_receivers: Receivers, live_forbidden: Forbidden, settings: Settings
) -> None:
    settings.WEBHOOK_TIME_SCALE = 1000
    run(live_receivers, live_forbidden, total=10_000, tries=10, timeout_s=1800)
