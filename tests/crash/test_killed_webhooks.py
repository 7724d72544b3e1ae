"""Whoever dies between an event and its receiver: the receiver is told, under one id, and nothing is left waiting."""

from collections import Counter
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from gencraft_media.common.models import DomainEvent
from gencraft_media.common.versioned import change_settings
from gencraft_media.webhooks.endpoints import create_endpoint
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookSettings
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, has_ended
from tests.running_engine import RunningEngine
from tests.webhooks.receivers import Receivers, running

pytestmark = pytest.mark.crash
RECOVERY_S = 40.0
TOLD = ["job.queued", "job.processing", "asset.created", "job.completed"]


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    made = Receivers()
    with running(made.serve, made.stop):
        yield made


@pytest.fixture
def endpoint(engine: RunningEngine, alice: Tenant, receivers: Receivers, settings: Settings) -> WebhookEndpoint:
    """Alice's endpoint; what a dead sender had is due again soon."""
    settings.CLIENT_EGRESS_ALLOW = [receivers.netloc]
    change_settings(WebhookSettings, {"timeout_s": 1})
    return create_endpoint(project=alice.project, url=receivers.url("ok/a"), events=["*"], actor=alice.project.owner)


@pytest.mark.parametrize("point", ["webhooks.before_publish", "webhooks.sent"])
def test_the_receiver_is_told_of_everything(
    engine: RunningEngine, alice: Tenant, endpoint: WebhookEndpoint, receivers: Receivers, point: str
) -> None:
    engine.arm(point)
    job = alice.start()
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the job")
    delivered = WebhookDelivery.objects.filter(endpoint=endpoint, state=DeliveryState.DELIVERED)
    engine.wait_until(lambda: delivered.count() == len(TOLD), timeout_s=RECOVERY_S, what="the last delivery")
    engine.wait_until(lambda: not engine.is_armed(point), timeout_s=5, what=f"a death at {point}")
    assert sorted(delivered.values_list("type", flat=True)) == sorted(TOLD)
    assert WebhookDelivery.objects.filter(endpoint=endpoint).count() == len(TOLD)
    events = DomainEvent.objects.filter(subject_id=job.pk, pk__in=delivered.values("event_id"))
    assert events.count() == len(TOLD)
    came = Counter(one.id for one in receivers.at("ok/a"))
    assert set(came) == {one.message_id for one in delivered}
    # Who dies after sending and before writing it down sends it twice, and all that were under way with it.
    assert (max(came.values()) == 2) is (point == "webhooks.sent")
    for one in receivers.at("ok/a"):
        one.verify(endpoint.secret)
    assert_books_are_right()
