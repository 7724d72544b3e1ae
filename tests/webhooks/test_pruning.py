"""What is forgotten, and what is not."""

import pytest

from gencraft_media.common.clock import from_now
from gencraft_media.webhooks import pruning
from gencraft_media.webhooks.models import JobWebhook, WebhookAttempt, WebhookCursor, WebhookDelivery
from gencraft_media.webhooks.subscriptions import subscribe_job
from gencraft_media.webhooks.tasks import prune
from tests.factories import make_project
from tests.webhooks.driving import make_endpoint, publish, send_due, tell
from tests.webhooks.receivers import Receivers

LONG_AGO = from_now(-31 * 86_400)


def test_what_ended_long_ago_goes_with_its_log_and_the_rest_stays(
    receivers: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_ROWS_AT_ONCE", 2)
    endpoint = make_endpoint(receivers.url("ok/a"))
    for _ in range(4):
        tell(endpoint.project)
    publish()
    send_due()
    WebhookDelivery.objects.update(created_at=LONG_AGO)
    for _ in range(2):
        tell(endpoint.project)
    publish()
    pending = WebhookDelivery.objects.filter(state="pending").first()
    assert pending is not None
    WebhookDelivery.objects.filter(pk=pending.pk).update(created_at=LONG_AGO)
    prune()
    assert WebhookDelivery.objects.count() == 2
    assert WebhookAttempt.objects.count() == 0
    assert WebhookDelivery.objects.filter(pk=pending.pk).exists()


@pytest.mark.django_db
def test_the_webhook_of_an_old_job_goes_once_nothing_is_left_to_send_and_the_cursor_stays() -> None:
    project = make_project()
    job = tell(project, "job.queued").subject_id
    subscribe_job(job, project.pk, "https://hooks.example.com/")
    publish()
    JobWebhook.objects.update(created_at=LONG_AGO)
    prune()
    assert JobWebhook.objects.count() == 1
    WebhookDelivery.objects.update(state="delivered", created_at=LONG_AGO)
    prune()
    assert JobWebhook.objects.count() == 0
    assert WebhookCursor.objects.get().number == 1
