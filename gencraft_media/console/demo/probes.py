"""A minute's probe for each of the thirty days, where the engine was not there to make one itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gencraft_media.analytics.models import MinuteProbe, RollupMark

# Which minutes are the demo's: real ones are never written for the past, so these two hold nothing else between them.
SINCE, UNTIL = "demo-probes-since", "demo-probes-until"
_MINUTE = timedelta(minutes=1)
# Days ago, minute of the day, how long, and what did not answer.
_OUTAGES = ((23, 187, 5, "database"), (14, 861, 3, "storage"), (5, 1203, 2, "dispatcher"))
_AT_ONCE = 2000


def write_probes(now: datetime, days: int) -> None:
    """Fill the minutes of the last days up to the first real probe, or to now."""
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    first = MinuteProbe.objects.filter(minute__gte=since).order_by("minute").first()
    until = first.minute if first is not None else now.replace(second=0, microsecond=0)
    failing = dict(_failing(now))
    rows = [
        MinuteProbe(minute=minute, ok=minute not in failing, failing=failing.get(minute, ""))
        for minute in _minutes(since, until)
    ]
    MinuteProbe.objects.bulk_create(rows, batch_size=_AT_ONCE)
    for name, moment in ((SINCE, since), (UNTIL, until)):
        RollupMark.objects.update_or_create(name=name, defaults={"until": moment})


def remove_probes() -> None:
    """Remove the minutes that `write_probes` wrote."""
    marks = dict(RollupMark.objects.filter(name__in=[SINCE, UNTIL]).values_list("name", "until"))
    if len(marks) == 2:
        MinuteProbe.objects.filter(minute__gte=marks[SINCE], minute__lt=marks[UNTIL]).delete()
    RollupMark.objects.filter(name__in=[SINCE, UNTIL]).delete()


def _minutes(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += _MINUTE


def _failing(now: datetime) -> Iterator[tuple[datetime, str]]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for day, start, length, part in _OUTAGES:
        for minute in range(start, start + length):
            yield midnight - timedelta(days=day) + minute * _MINUTE, part
