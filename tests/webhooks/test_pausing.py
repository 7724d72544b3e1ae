"""Webhooks that an operator has paused: they wait, none is lost, and they go out once the pause is over."""

import uuid
from typing import Any

from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import from_now
from gencraft_media.common.versioned import change_settings
from gencraft_media.webhooks.delivering import deliver
from gencraft_media.webhooks.dispatching import dispatch_deliveries
from gencraft_media.webhooks.models import WebhookDelivery, WebhookPause
from gencraft_media.webhooks.pruning import prune_deliveries
from gencraft_media.webhooks.replaying import replay_delivery, send_test
from tests.factories import api_client, make_key, make_project, make_super_admin, session_client
from tests.webhooks.driving import make_endpoint, publish, send_due, states, tell
from tests.webhooks.receivers import Receivers


def pause(paused: bool | None = True, *, project: Project | None = None) -> None:
    """Let deliveries wait, of everybody or of one project; None: as everybody's."""
    scope = f"project:{project.pk}" if project is not None else "global"
    change_settings(WebhookPause, {"paused": paused}, scope=scope)


def listening(receivers: Receivers) -> Project:
    """A project with an endpoint, and a message of three events under way to it."""
    project = make_project()
    make_endpoint(receivers.url("ok"), project=project)
    for _ in range(3):
        tell(project)
    publish()
    return project


def shown(project: Project) -> list[dict[str, Any]]:
    """Its deliveries as its owner sees them."""
    client = api_client(make_key(project, name=str(uuid.uuid4()))[1])
    found: list[dict[str, Any]] = client.get("/api/media/webhooks/deliveries").json()["items"]
    return found


def test_a_pause_of_everybody_holds_every_delivery_until_it_ends(receivers: Receivers) -> None:
    listening(receivers), listening(receivers)
    pause()
    assert (send_due(), states()) == (0, {"pending": 6})
    pause(False)
    assert (send_due(), states()) == (6, {"delivered": 6})


def test_a_pause_of_one_project_holds_only_its_own(receivers: Receivers) -> None:
    held, free = listening(receivers), listening(receivers)
    pause(project=held)
    assert send_due() == 3
    assert set(WebhookDelivery.objects.filter(project=free).values_list("state", flat=True)) == {"delivered"}
    assert set(WebhookDelivery.objects.filter(project=held).values_list("state", flat=True)) == {"pending"}
    pause(None, project=held)
    assert (send_due(), states()) == (3, {"delivered": 6})


def test_a_project_may_go_on_while_all_others_wait(receivers: Receivers) -> None:
    held, free = listening(receivers), listening(receivers)
    pause()
    pause(False, project=free)
    assert send_due() == 3
    assert set(WebhookDelivery.objects.filter(project=held).values_list("state", flat=True)) == {"pending"}


def test_what_happens_during_a_pause_and_what_is_sent_by_hand_waits_too(receivers: Receivers) -> None:
    project = listening(receivers)
    send_due()
    pause(project=project)
    tell(project)
    publish()
    endpoint = project.webhook_endpoints.get()
    send_test(endpoint)
    replay_delivery(WebhookDelivery.objects.filter(state="delivered").first())  # type: ignore[arg-type]
    assert (send_due(), states()) == (0, {"delivered": 2, "pending": 3})
    WebhookDelivery.objects.update(created_at=from_now(-90 * 86_400))
    prune_deliveries()
    assert states() == {"pending": 3}
    pause(False, project=project)
    assert send_due() == 3


def test_a_hint_from_before_the_pause_sends_nothing_and_nothing_is_lost(receivers: Receivers) -> None:
    project = listening(receivers)
    hinted: list[uuid.UUID] = []
    dispatch_deliveries(hinted.append)
    pause(project=project)
    for delivery_id in hinted:
        deliver(str(delivery_id))
    assert (len(hinted), states()) == (3, {"pending": 3})
    assert set(WebhookDelivery.objects.values_list("attempt_count", flat=True)) == {0}
    pause(False, project=project)
    WebhookDelivery.objects.update(next_attempt_at=from_now(-1))
    assert (send_due(), states()) == (3, {"delivered": 3})


def test_who_looks_sees_what_waits_for_the_operators(receivers: Receivers) -> None:
    project = listening(receivers)
    assert [one["paused"] for one in shown(project)] == [False] * 3
    pause()
    assert [(one["state"], one["paused"]) for one in shown(project)] == [("pending", True)] * 3
    admin = session_client(make_super_admin())
    for path in ("", f"{WebhookDelivery.objects.all()[0].pk}/change/"):
        assert "paused" in admin.get(f"/admin/webhooks/webhookdelivery/{path}").content.decode()
    pause(False)
    send_due()
    pause()
    assert [(one["state"], one["paused"]) for one in shown(project)] == [("delivered", False)] * 3
