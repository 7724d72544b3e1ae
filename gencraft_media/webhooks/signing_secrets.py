"""The secrets that sign: of an endpoint, and of a project for the webhooks of its single jobs."""

import uuid
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction

from gencraft_media.accounts.models import Project
from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.rows import insert_rows
from gencraft_media.webhooks.models import ProjectSigningSecret, SigningSecret, WebhookEndpoint
from gencraft_media.webhooks.signatures import new_secret

# For so long both secrets sign after a rotation.
OVERLAP = timedelta(hours=24)
Holder = TypeVar("Holder", bound=SigningSecret)


def project_secret(project_id: uuid.UUID) -> ProjectSigningSecret:
    """The project's secret; the first one is made when it is first needed."""
    found = ProjectSigningSecret.objects.filter(project_id=project_id).first()
    if found is not None:
        return found
    # Two may come at once: the row of the first one stays.
    insert_rows([ProjectSigningSecret(project_id=project_id, secret=new_secret())], ignore_conflicts=True)
    return ProjectSigningSecret.objects.get(project_id=project_id)


def rotate_project_secret(project: Project, *, actor: Any) -> ProjectSigningSecret:
    """A new secret for the project; the old one signs beside it for 24 hours."""
    return _rotate(project_secret(project.pk), actor)


def rotate_endpoint_secret(endpoint: WebhookEndpoint, *, actor: Any) -> WebhookEndpoint:
    """A new secret for the endpoint; the old one signs beside it for 24 hours."""
    return _rotate(endpoint, actor)


def _rotate(holder: Holder, actor: Any) -> Holder:
    with transaction.atomic():
        locked: Holder = type(holder)._default_manager.select_for_update(no_key=True).get(pk=holder.pk)
        locked.previous_secret, locked.secret = locked.secret, new_secret()
        locked.previous_until = database_now() + OVERLAP
        locked.save(update_fields=["secret", "previous_secret", "previous_until"])
        record_audit(actor=actor, action="webhook.rotate_secret", target=locked)
    return locked
