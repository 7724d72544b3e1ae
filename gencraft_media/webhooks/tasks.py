"""Celery's side of webhooks: each message is a hint that a delivery may be due."""

import uuid

from celery import shared_task

from gencraft_media.webhooks import delivering, pruning

# Worth nothing after a minute: without workers, the broker does not fill with hints.
_EXPIRES_S = 60


@shared_task(name="webhooks.deliver")
def deliver(delivery_id: str) -> None:
    """Make one attempt of one delivery."""
    delivering.deliver(delivery_id)


@shared_task(name="webhooks.prune")
def prune() -> None:
    """Forget deliveries that ended long ago."""
    pruning.prune_deliveries()


def hint(delivery_id: uuid.UUID) -> None:
    """Have a worker look at the delivery."""
    deliver.apply_async((str(delivery_id),), retry=False, expires=_EXPIRES_S)
