"""Celery's side of the engine: each message is a hint that a row may be due."""

from celery import shared_task

from gencraft_media.common.logs import logger
from gencraft_media.generation.audit_runs import keep_verdict
from gencraft_media.generation.auditor import audit_engine, audit_turn
from gencraft_media.generation.provider_callbacks import prune_callbacks as delete_old_callbacks
from gencraft_media.generation.retirement import announce_retirements as tell_of_retirements
from gencraft_media.generation.workflow import MEDIA_STEPS, PROVIDER_STEPS, advance

log = logger(__name__)


@shared_task(name="generation.generate")
def generate(attempt_id: str) -> None:
    """Take an attempt one step further at its provider."""
    advance(attempt_id, PROVIDER_STEPS)


@shared_task(name="generation.upload")
def upload(attempt_id: str) -> None:
    """Inspect, store and settle what a provider delivered."""
    advance(attempt_id, MEDIA_STEPS)


@shared_task(name="generation.audit_ledger")
def audit_ledger(*, everything: bool = False) -> None:
    """Check that money, jobs and assets agree: of the last day, or of all of history."""
    with audit_turn(wait=everything) as have_it:
        if have_it:
            keep_verdict(audit_engine(recent=not everything), everything=everything)


@shared_task(name="generation.prune_callbacks")
def prune_callbacks() -> None:
    """Forget callbacks of providers that are a month old."""
    deleted = delete_old_callbacks()
    if deleted:
        log.info("callbacks pruned", deleted=deleted)


@shared_task(name="generation.announce_retirements")
def announce_retirements() -> None:
    """Tell projects of the end of models they use."""
    told = tell_of_retirements()
    if told:
        log.info("retirements announced", projects=told)
