"""Which endpoints and deliveries a caller may see."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.selectors import project_for, visible_project_ids
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.webhooks.models import WebhookDelivery, WebhookEndpoint

_COLUMNS = {"endpointId": "endpoint_id", "jobId": "subject_id", "state": "state", "type": "type"}


def endpoints_of(caller: Caller, project_id: UUID | None) -> QuerySet[WebhookEndpoint]:
    """Endpoints of one project, or of every project the caller may read. Raises `ObjectNotFound` for a stranger's."""
    if project_id is not None:
        return WebhookEndpoint.objects.filter(project=project_for(caller, project_id, write=False))
    return WebhookEndpoint.objects.filter(project__in=visible_project_ids(caller))


def get_endpoint(caller: Caller, endpoint_id: UUID, *, write: bool = False) -> WebhookEndpoint:
    """One endpoint. Raises `ObjectNotFound` for strangers, `PermissionRefused` for who may only look."""
    found = endpoints_of(caller, None).filter(pk=endpoint_id).first()
    if found is None:
        raise ObjectNotFound("There is no such webhook endpoint here.")
    project_for(caller, found.project_id, write=write)
    return found


def deliveries_of(caller: Caller, asked: Mapping[str, Any]) -> QuerySet[WebhookDelivery]:
    """Deliveries of the caller's projects, by `projectId endpointId jobId state type since until`."""
    found = WebhookDelivery.objects.select_related("endpoint", "job_webhook")
    if asked.get("projectId") is not None:
        found = found.filter(project=project_for(caller, asked["projectId"], write=False))
    else:
        found = found.filter(project__in=visible_project_ids(caller))
    found = found.filter(**{column: asked[name] for name, column in _COLUMNS.items() if name in asked})
    if "jobId" in asked:
        found = found.filter(subject_kind="job")
    if "since" in asked:
        found = found.filter(created_at__gte=asked["since"])
    if "until" in asked:
        found = found.filter(created_at__lt=asked["until"])
    return found


def get_delivery(caller: Caller, delivery_id: UUID, *, write: bool = False) -> WebhookDelivery:
    """One delivery. Raises `ObjectNotFound` for strangers, `PermissionRefused` for who may only look."""
    found = deliveries_of(caller, {}).filter(pk=delivery_id).first()
    if found is None:
        raise ObjectNotFound("There is no such webhook delivery here.")
    project_for(caller, found.project_id, write=write)
    return found
