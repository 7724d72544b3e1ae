"""The demo's webhooks: written by the outbox and kept by the sender's own log, sent to nobody."""

import random
import uuid
from datetime import datetime, timedelta

from django.db import connection
from django.db.models.functions import Now

from gencraft_media.accounts.models import Project, User
from gencraft_media.common.models import DomainEvent
from gencraft_media.console.demo.cast import DOMAIN
from gencraft_media.console.demo.time_travel import Clock
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.stamping import STAMPING_LOCK, stamp_events
from gencraft_media.webhooks.delivering import Sender, deliver
from gencraft_media.webhooks.endpoints import create_endpoint
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery
from gencraft_media.webhooks.outbox import publish_project
from gencraft_media.webhooks.sending import Message, Outcome

# The dispatcher looks so often.
_NOTICED_AFTER = timedelta(milliseconds=150)
_EVENTS = ["job.completed", "job.failed", "credits.low", "quota.reached"]


def listen(project: Project, actor: User) -> None:
    """An endpoint of the project's that is told how jobs end."""
    host = project.name.rpartition("· ")[2].lower().replace(" ", "-")
    create_endpoint(
        project=project,
        url=f"https://{host}.{DOMAIN}/hooks/media",
        events=_EVENTS,
        description="Demo: leads nowhere",
        actor=actor,
    )


def post(job: GenerationJob, clock: Clock, dice: random.Random, *, fails: bool, until: datetime) -> None:
    """Write the deliveries of what happened, and carry each to its end; `fails`: the receiver is away that day."""
    if job.project_id is None or job.completed_at is None:
        raise ValueError("a job of the demo has ended, and has a project")
    clock.now = job.completed_at + _NOTICED_AFTER
    _number_events(job.project_id)
    while publish_project(job.project_id):
        continue
    pending = WebhookDelivery.objects.filter(project_id=job.project_id, state=DeliveryState.PENDING)
    for delivery in pending.order_by("created_at", "pk"):
        _carry(delivery.pk, clock, _receiver(dice, fails=fails), until)


def _number_events(project_id: uuid.UUID) -> None:
    """As the dispatcher does it; once more where that has the turn at this moment."""
    unnumbered = DomainEvent.objects.filter(project_id=project_id, project_number__isnull=True)
    while unnumbered.exists():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STAMPING_LOCK])
        stamp_events()


def _carry(delivery_id: uuid.UUID, clock: Clock, sender: Sender, until: datetime) -> None:
    while True:
        delivery = WebhookDelivery.objects.get(pk=delivery_id)
        if delivery.state != DeliveryState.PENDING:
            return
        clock.now = max(delivery.created_at, delivery.next_attempt_at)
        if clock.now >= until:
            # Nothing is left for the engine to send.
            WebhookDelivery.objects.filter(pk=delivery_id).update(state=DeliveryState.FAILED, finished_at=until)
            return
        WebhookDelivery.objects.filter(pk=delivery_id).update(hinted_at=Now())
        deliver(str(delivery_id), sender)


def _receiver(dice: random.Random, *, fails: bool) -> Sender:
    """Answers as receivers do: most at once, some only when they are asked again."""
    refusals = iter(_refusals(dice, fails=fails))
    duration_ms = round(dice.lognormvariate(4.9, 0.5))

    def answer(message: Message) -> Outcome:
        refused = next(refusals, None)
        return refused or Outcome("", duration_ms, 200, '{"ok": true}')

    return answer


def _refusals(dice: random.Random, *, fails: bool) -> list[Outcome]:
    if fails:
        return [Outcome("status_503", 210, 503, "Service Unavailable: the shop is being moved.")] * dice.choice(
            (3, 4, 20)
        )
    if dice.random() < 0.05:
        return [dice.choice((Outcome("status_500", 340, 500, "Internal Server Error"), Outcome("timed_out", 15_000)))]
    return []
