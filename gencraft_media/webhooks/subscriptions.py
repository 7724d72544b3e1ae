"""`webhookUrl`: one job that is told about at an address of its own."""

import uuid

from gencraft_media.common.rows import insert_rows
from gencraft_media.webhooks.addresses import checked_target, lane_of
from gencraft_media.webhooks.cursors import begin_cursor
from gencraft_media.webhooks.models import JobWebhook

FIELD = "webhookUrl"


def check_webhook_url(url: str) -> None:
    """Raises `InvalidRequest` naming `webhookUrl` for an address that webhooks can never be sent to."""
    checked_target(url, FIELD)


def subscribe_job(job_id: uuid.UUID, project_id: uuid.UUID, url: str) -> None:
    """Tell `url` of the job's events, signed with the project's secret; in the transaction that writes the job.

    Raises `InvalidRequest` as `check_webhook_url`.
    """
    lane = lane_of(project_id, checked_target(url, FIELD))
    insert_rows([JobWebhook(job_id=job_id, project_id=project_id, url=url, lane=lane)])
    begin_cursor(project_id)
