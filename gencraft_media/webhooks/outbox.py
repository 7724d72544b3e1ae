"""Turns the events of projects that listen into deliveries, each exactly once.

Why a cursor per project over the project's own numbers, and not one over ids or times: an id is given when a row is
written and seen when its transaction commits, so a later id can be seen before an earlier one; a time has the same
fault. A reader that remembers the largest it has seen would pass over what commits behind its back. The project's
numbers are given after the commit, by one stamper at a time, without gaps and only upwards, and are committed before
the next stamper begins: whoever sees number n sees all below it. They order the events of one project only, so each
project has its own cursor. It moves in the transaction that writes the deliveries, behind its row lock.
"""

import uuid
from collections.abc import Sequence

from django.db import connection, transaction

from gencraft_media.common.clock import from_now
from gencraft_media.common.crashpoints import crashpoint
from gencraft_media.common.logs import logger
from gencraft_media.common.models import DomainEvent
from gencraft_media.common.rows import insert_rows
from gencraft_media.common.versioned import current_settings
from gencraft_media.webhooks.bodies import body_of
from gencraft_media.webhooks.models import (
    DeliveryState,
    JobWebhook,
    WebhookCursor,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSettings,
)
from gencraft_media.webhooks.public_events import JOB_FILTER, public_name, wants
from gencraft_media.webhooks.waits import first_wait

log = logger(__name__)
_PROJECTS_AT_ONCE = 50
_EVENTS_AT_ONCE = 200
# SQLite takes so many values in one statement, and no more.
_ROWS_AT_ONCE = 200
# Most rounds end here, without a transaction: on SQLite each takes the only write lock.
_BEHIND = """
SELECT listening.project_id FROM webhook_cursors AS listening WHERE EXISTS (
    SELECT 1 FROM domain_events AS event
    WHERE event.project_id = listening.project_id AND event.project_number > listening.number
) LIMIT %s
"""


def publish_events() -> bool:
    """Write the deliveries of newly numbered events. True when there may be more to do at once."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [_PROJECTS_AT_ONCE])
        behind = [_uuid(found) for (found,) in cursor.fetchall()]
    if not behind:
        return False
    more = [_published(project_id) for project_id in behind]
    return any(more) or len(behind) == _PROJECTS_AT_ONCE


def _published(project_id: uuid.UUID) -> bool:
    try:
        return publish_project(project_id)
    except (ValueError, TypeError, KeyError):
        # An event nobody can render must not keep the other projects waiting.
        log.error("events not published", project_id=str(project_id), exc_info=True)
        return False


def publish_project(project_id: uuid.UUID) -> bool:
    """One project's next events. True when there were as many as are taken at once."""
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        # Somebody else's who is at it.
        cursor = WebhookCursor.objects.select_for_update(skip_locked=skip).filter(project_id=project_id).first()
        if cursor is None:
            return False
        numbered = DomainEvent.objects.filter(project_id=project_id, project_number__gt=cursor.number)
        events = list(numbered.order_by("project_number")[:_EVENTS_AT_ONCE])
        if not events:
            return False
        # Read after the events: an endpoint that was there before an event is then seen with it.
        deliveries = _deliveries(project_id, events)
        for start in range(0, len(deliveries), _ROWS_AT_ONCE):
            insert_rows(deliveries[start : start + _ROWS_AT_ONCE], ignore_conflicts=True)
        WebhookCursor.objects.filter(pk=cursor.pk).update(number=events[-1].project_number)
        crashpoint("webhooks.before_publish")
    return len(events) == _EVENTS_AT_ONCE


def _deliveries(project_id: uuid.UUID, events: Sequence[DomainEvent]) -> list[WebhookDelivery]:
    endpoints = list(WebhookEndpoint.objects.filter(project_id=project_id).order_by("pk"))
    subjects = {event.subject_id for event in events if event.subject_kind == "job"}
    jobs = {one.job_id: one for one in JobWebhook.objects.filter(job_id__in=subjects)}
    written = []
    for event in events:
        name = public_name(event.type)
        if name is None:
            continue
        body = body_of(event, name)
        chosen = [one for one in endpoints if wants(one.events, name) and _concerns(event, one)]
        written += [_for_endpoint(one, event, name, body) for one in chosen]
        if event.subject_id in jobs and wants(JOB_FILTER, name):
            written.append(_for_job(jobs[event.subject_id], event, name, body))
    return written


def _concerns(event: DomainEvent, endpoint: WebhookEndpoint) -> bool:
    """Not what happened before an endpoint was there, however late it was numbered, nor its own being disabled."""
    return event.created_at >= endpoint.created_at and event.subject_id != endpoint.pk


def _for_endpoint(endpoint: WebhookEndpoint, event: DomainEvent, name: str, body: str) -> WebhookDelivery:
    delivery = _delivery(event, name, body, endpoint=endpoint, lane=endpoint.pk, project_id=endpoint.project_id)
    if not endpoint.enabled:
        # Kept, so that it can be replayed once the endpoint is enabled again.
        delivery.state = DeliveryState.CANCELED
    elif endpoint.paused_until is not None and endpoint.paused_until > event.created_at:
        delivery.next_attempt_at = endpoint.paused_until
    return delivery


def _for_job(webhook: JobWebhook, event: DomainEvent, name: str, body: str) -> WebhookDelivery:
    return _delivery(event, name, body, job_webhook=webhook, lane=webhook.lane, project_id=webhook.project_id)


def _delivery(event: DomainEvent, name: str, body: str, **target: object) -> WebhookDelivery:
    wait_s = first_wait(current_settings(WebhookSettings))
    return WebhookDelivery(
        event_id=event.pk,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        type=name,
        body=body,
        next_attempt_at=from_now(wait_s),
        **target,
    )


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
