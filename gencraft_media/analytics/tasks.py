"""Celery's side of the sums."""

from datetime import timedelta

from celery import shared_task

from gencraft_media.analytics import probes, rollups
from gencraft_media.analytics.stored import look_at_storage
from gencraft_media.common.clock import database_now

# Nightly: ratings that were replaced, costs that were confirmed late, and what else changed behind the sums.
REMADE = timedelta(days=35)


@shared_task(name="analytics.roll_up")
def roll_up() -> None:
    """Keep the sums up with the rows."""
    rollups.roll_up()
    look_at_storage()


@shared_task(name="analytics.remake")
def remake() -> None:
    """Make the last days anew from their rows."""
    rollups.remake(database_now() - REMADE)


@shared_task(name="analytics.probe_minute")
def probe_minute() -> None:
    """Write down whether this minute is up."""
    probes.probe_minute()
