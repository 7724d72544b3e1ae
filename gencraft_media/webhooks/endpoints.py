"""Changes to endpoints."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from gencraft_media.accounts.models import Project, User
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import Conflict, FieldError, InvalidRequest
from gencraft_media.common.serializers import nearest_name
from gencraft_media.webhooks.addresses import checked_target
from gencraft_media.webhooks.cursors import begin_cursor
from gencraft_media.webhooks.health import disable_endpoint
from gencraft_media.webhooks.models import DisabledReason, WebhookEndpoint
from gencraft_media.webhooks.public_events import known_filters
from gencraft_media.webhooks.signatures import new_secret

MOST_ENDPOINTS = 20
_EDITABLE = ("url", "description", "events")


def create_endpoint(
    *, project: Project, url: str, events: Sequence[str], description: str = "", actor: User
) -> WebhookEndpoint:
    """Tell `url` of the project's events from now on.

    Raises `InvalidRequest` naming `url` or `events`, `Conflict` when the project has as many as it may.
    """
    checked_target(url, "url")
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if WebhookEndpoint.objects.filter(project=project).count() >= MOST_ENDPOINTS:
            raise Conflict(f"This project has {MOST_ENDPOINTS} webhook endpoints; delete one of them first.")
        endpoint = WebhookEndpoint.objects.create(
            project=project,
            url=url,
            events=checked_filter(events),
            description=description,
            secret=new_secret(),
            created_by=actor,
        )
        begin_cursor(project.pk)
        record_audit(actor=actor, action="webhook.create_endpoint", target=endpoint, after=_facts(endpoint))
    endpoint.refresh_from_db(fields=["created_at"])
    return endpoint


def change_endpoint(endpoint: WebhookEndpoint, changes: dict[str, Any], *, actor: Any) -> WebhookEndpoint:
    """Change `url`, `description`, `events` or `enabled`. Raises `InvalidRequest` as `create_endpoint`."""
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        before = _facts(locked)
        for name in _EDITABLE:
            setattr(locked, name, changes.get(name, getattr(locked, name)))
        checked_target(locked.url, "url")
        locked.events = checked_filter(locked.events)
        locked.save(update_fields=_EDITABLE)
        enabled = changes.get("enabled", locked.enabled)
        if enabled and not locked.enabled:
            _enable(locked)
        elif locked.enabled and not enabled:
            disable_endpoint(locked, DisabledReason.MANUAL)
        record_audit(actor=actor, action="webhook.change_endpoint", target=locked, before=before, after=_facts(locked))
    locked.refresh_from_db()
    return locked


def delete_endpoint(endpoint: WebhookEndpoint, *, actor: Any) -> None:
    """Remove the endpoint with its deliveries and their logs."""
    with transaction.atomic():
        record_audit(actor=actor, action="webhook.delete_endpoint", target=endpoint, before=_facts(endpoint))
        endpoint.delete()


def checked_filter(events: Sequence[str]) -> list[str]:
    """The filter without repetitions. Raises `InvalidRequest` for what no event is named, and for nothing at all."""
    known = known_filters()
    wrong = [
        FieldError(f"events.{place}", "There is no such event.", "invalid_choice", known, nearest_name(str(one), known))
        for place, one in enumerate(events)
        if one not in known
    ]
    if wrong:
        raise InvalidRequest(errors=wrong)
    if not events:
        raise InvalidRequest(errors=[FieldError("events", "Name at least one event.", "empty", known)])
    return list(dict.fromkeys(events))


def _enable(endpoint: WebhookEndpoint) -> None:
    endpoint.enabled, endpoint.disabled_reason, endpoint.disabled_at = True, "", None
    endpoint.failing_since, endpoint.consecutive_failures, endpoint.paused_until = None, 0, None
    endpoint.save()


def _facts(endpoint: WebhookEndpoint) -> dict[str, Any]:
    facts = {name: getattr(endpoint, name) for name in (*_EDITABLE, "enabled")}
    # Query strings of such addresses are often somebody's key.
    return {**facts, "url": endpoint.url.partition("?")[0], "project": str(endpoint.project_id)}
