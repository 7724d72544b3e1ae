"""Celery's side: plans end by themselves."""

from celery import shared_task

from gencraft_media.common.logs import logger
from gencraft_media.daos.expiry import end_due_plans

log = logger(__name__)


@shared_task(name="daos.end_due_plans")
def end_plans() -> None:
    """Undo the plans whose time is over."""
    ended = end_due_plans()
    if ended:
        log.info("configuration plans ended", ended=ended)
