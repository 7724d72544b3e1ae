"""What goes out for one message, and what follows from each answer."""

import json
from datetime import timedelta

import pytest
from pytest_django import Settings
from standardwebhooks.webhooks import WebhookVerificationError

from gencraft_media.common.clock import database_now, from_now
from gencraft_media.common.database import TransactionHeld, release_connection
from gencraft_media.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from gencraft_media.webhooks.sending import kept_text
from gencraft_media.webhooks.signing_secrets import project_secret, rotate_endpoint_secret, rotate_project_secret
from gencraft_media.webhooks.subscriptions import subscribe_job
from tests.factories import make_project
from tests.webhooks.driving import make_endpoint, make_forbidden_endpoint, publish, send_due, set_rules, tell
from tests.webhooks.receivers import Forbidden, Receivers


def due_now() -> None:
    """As if every wait were over."""
    WebhookDelivery.objects.filter(state="pending").update(next_attempt_at=from_now(-1))


def wait_before_next(delivery: WebhookDelivery) -> float:
    """Seconds from now to the next attempt."""
    delivery.refresh_from_db()
    return (delivery.next_attempt_at - database_now()).total_seconds()


def test_a_message_is_signed_thin_and_names_itself(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    event = tell(endpoint.project, result={"assetId": "x"})
    publish()
    assert send_due() == 1
    (received,) = receivers.at("ok/a")
    received.verify(endpoint.secret)
    delivery = WebhookDelivery.objects.get()
    assert received.id == delivery.message_id == f"msg_{delivery.pk.hex}"
    assert received.headers["user-agent"].startswith("GenCraft-Webhooks/")
    assert received.headers["content-type"] == "application/json"
    document = received.document
    assert set(document) == {"type", "timestamp", "data"}
    assert document["type"] == "job.completed"
    assert document["timestamp"].endswith("Z")
    assert document["data"]["jobId"] == str(event.subject_id)
    assert document["data"]["projectId"] == str(endpoint.project_id)
    assert (delivery.state, delivery.attempt_count, delivery.last_status) == ("delivered", 1, 200)


def test_another_secret_or_another_body_does_not_fit_the_signature(receivers: Receivers) -> None:
    endpoint, other = make_endpoint(receivers.url("ok/a")), make_endpoint(receivers.url("ok/b"))
    tell(endpoint.project)
    publish()
    send_due()
    (received,) = receivers.at("ok/a")
    with pytest.raises(WebhookVerificationError):
        received.verify(other.secret)


def test_the_log_has_the_attempt_but_no_signature(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    tell(endpoint.project)
    publish()
    send_due()
    attempt = WebhookAttempt.objects.get()
    assert (attempt.number, attempt.status, attempt.error, attempt.answer) == (1, 200, "", "answer 200")
    assert attempt.body_size == len(receivers.at("ok/a")[0].body)
    assert "webhook-signature" not in attempt.request_headers
    assert attempt.request_headers["webhook-id"] == receivers.at("ok/a")[0].id


def test_what_is_kept_of_an_answer_has_no_secret_and_no_control_characters() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    kept = kept_text(f"\x00\x1b[2J {secret} v1,abc= mge_live_abcdefgh_0123456789 é", [secret, "v1,abc="])
    assert kept == "\ufffd\ufffd[2J [key] [key] [key] é"
    assert len(kept_text("é" * 5000, []).encode()) <= 1024


@pytest.mark.parametrize("tries", [1, 2, 3])
def test_every_attempt_of_a_message_has_its_id_and_body(receivers: Receivers, tries: int) -> None:
    endpoint = make_endpoint(receivers.url("failing/a"))
    tell(endpoint.project)
    publish()
    for _ in range(tries):
        send_due()
        due_now()
    came = receivers.at("failing/a")
    assert len(came) == tries
    assert len({(one.id, one.body) for one in came}) == 1
    for one in came:
        one.verify(endpoint.secret)


@pytest.mark.parametrize(
    ("status", "error"), [(500, "status_500"), (404, "status_404"), (307, "redirected"), (302, "redirected")]
)
def test_whatever_is_not_2xx_is_a_failure(receivers: Receivers, forbidden: Forbidden, status: int, error: str) -> None:
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (status, {"Location": receivers.redirect_to})
    tell(endpoint.project)
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.last_status, delivery.last_error) == ("pending", status, error)
    assert forbidden.connections == 0


@pytest.mark.parametrize(("path", "error"), [("reset/a", "unreachable"), ("garbage/a", "unreachable")])
def test_a_connection_that_breaks_is_a_failure(receivers: Receivers, path: str, error: str) -> None:
    endpoint = make_endpoint(receivers.url(path))
    tell(endpoint.project)
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.last_status, delivery.last_error) == (None, error)


def test_a_silent_receiver_is_left_at_the_deadline(receivers: Receivers) -> None:
    set_rules(timeout_s=1)
    endpoint = make_endpoint(receivers.url("hanging/a"))
    tell(endpoint.project)
    publish()
    send_due()
    attempt = WebhookAttempt.objects.get()
    assert attempt.error == "timed_out"
    assert 900 <= attempt.duration_ms < 5000
    endpoint.refresh_from_db()
    assert endpoint.consecutive_failures == 1


def test_an_address_that_became_private_is_never_connected_to(receivers: Receivers, forbidden: Forbidden) -> None:
    endpoint = make_forbidden_endpoint(f"https://127.0.0.1:{forbidden.port}/")
    tell(endpoint.project)
    publish()
    send_due()
    assert WebhookAttempt.objects.get().error == "address_refused"
    assert forbidden.connections == 0


def test_the_schedule_is_kept_with_a_tenth_of_jitter_and_then_the_message_has_failed(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (500, {})
    tell(endpoint.project)
    publish()
    delivery = WebhookDelivery.objects.get()
    for wait_s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400):
        assert send_due() == 1
        assert 0.9 * wait_s - 2 <= wait_before_next(delivery) <= 1.1 * wait_s
        assert send_due() == 0
        due_now()
    assert send_due() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempt_count, delivery.attempts.count()) == ("failed", 10, 10)


def test_the_schedule_is_a_setting_and_tests_can_shorten_all_of_it(receivers: Receivers, settings: Settings) -> None:
    settings.WEBHOOK_TIME_SCALE = 1000
    set_rules(schedule_s=[0, 5000], jitter_percent=0)
    endpoint = make_endpoint(receivers.url("failing/a"))
    tell(endpoint.project)
    publish()
    send_due()
    assert 4 <= wait_before_next(WebhookDelivery.objects.get()) <= 5


@pytest.mark.parametrize(("asked", "least_s", "most_s"), [("1200", 1199, 1201), ("999999999", 86_000, 86_401)])
def test_retry_after_makes_a_wait_longer_up_to_a_day(
    receivers: Receivers, asked: str, least_s: float, most_s: float
) -> None:
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (503, {"Retry-After": asked})
    tell(endpoint.project)
    publish()
    send_due()
    assert least_s - 1 <= wait_before_next(WebhookDelivery.objects.get()) <= most_s


def test_retry_after_never_makes_a_wait_shorter_and_may_be_a_date(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("scripted/a"))
    receivers.answers["/scripted/a"] = (503, {"Retry-After": "1"})
    tell(endpoint.project)
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    assert wait_before_next(delivery) > 3
    moment = database_now() + timedelta(hours=3)
    receivers.answers["/scripted/a"] = (503, {"Retry-After": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")})
    due_now()
    send_due()
    assert 10_700 < wait_before_next(delivery) <= 10_800


def test_for_a_day_after_a_rotation_both_secrets_sign(receivers: Receivers) -> None:
    endpoint = make_endpoint(receivers.url("ok/a"))
    old = endpoint.secret
    new = rotate_endpoint_secret(endpoint, actor=endpoint.project.owner).secret
    assert new != old
    tell(endpoint.project)
    publish()
    send_due()
    (received,) = receivers.at("ok/a")
    assert len(received.headers["webhook-signature"].split(" ")) == 2
    received.verify(old)
    received.verify(new)
    WebhookEndpoint.objects.update(previous_until=from_now(-1))
    tell(endpoint.project)
    publish()
    send_due()
    latest = receivers.at("ok/a")[-1]
    latest.verify(new)
    with pytest.raises(WebhookVerificationError):
        latest.verify(old)


def test_the_webhook_of_a_job_is_signed_with_the_projects_secret(receivers: Receivers) -> None:
    project = make_project()
    job = tell(project, "job.queued").subject_id
    subscribe_job(job, project.pk, receivers.url("ok/job"))
    before = project_secret(project.pk).secret
    tell(project, "job.completed", job_id=job)
    publish()
    rotated = rotate_project_secret(project, actor=project.owner)
    while send_due():
        pass
    came = receivers.at("ok/job")
    assert sorted(json.loads(one.body)["type"] for one in came) == ["job.completed", "job.queued"]
    for one in came:
        one.verify(before)
        one.verify(rotated.secret)


def test_an_answer_that_no_library_expected_is_a_failure_like_any_other(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("unheard of")

    monkeypatch.setattr("requests.Session.post", fail)
    endpoint = make_endpoint(receivers.url("ok/a"))
    tell(endpoint.project)
    publish()
    send_due()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempt_count, delivery.last_error) == ("pending", 1, "broken_answer")


def test_nothing_is_sent_inside_a_transaction(receivers: Receivers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gencraft_media.webhooks.sending.release_connection", release_connection)
    endpoint = make_endpoint(receivers.url("ok/a"))
    tell(endpoint.project)
    publish()
    with pytest.raises(TransactionHeld):
        send_due()
    assert receivers.requests == []
