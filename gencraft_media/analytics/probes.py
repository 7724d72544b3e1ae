"""Whether each minute was up: asked several times a minute, and the worst answer of the minute holds."""

from datetime import timedelta

from gencraft_media.analytics.models import MinuteProbe
from gencraft_media.common.clock import database_now
from gencraft_media.common.readiness import failing_parts

KEPT = timedelta(days=100)
_LONGEST = 200


def probe_minute() -> None:
    """Ask the parts that the engine stands on, and write down how this minute was.

    Nothing is written while the database is away: such a minute has no row, which says the same.
    """
    failing = ", ".join(failing_parts())[:_LONGEST]
    now = database_now()
    minute = now.replace(second=0, microsecond=0)
    row = MinuteProbe(minute=minute, ok=not failing, failing=failing)
    MinuteProbe.objects.bulk_create([row], ignore_conflicts=True)
    if failing:
        MinuteProbe.objects.filter(minute=minute).update(ok=False, failing=failing)
    elif minute.minute == 0:
        MinuteProbe.objects.filter(minute__lt=minute - KEPT).delete()
