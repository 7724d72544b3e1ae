"""The stretches of time that figures are shown for. Days are UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from gencraft_media.common.clock import database_now

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DEFAULT_PERIOD = "30d"
# Days, the present one included; None: the last 24 hours, the present one included.
_DAYS: dict[str, int | None] = {"24h": None, "7d": 7, "30d": 30, "90d": 90}
_LABELS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
PERIOD_KEYS = tuple(_DAYS)


@dataclass(frozen=True)
class Period:
    """From `since` to `until`, shown by hours or by days."""

    key: str
    since: datetime
    until: datetime
    hourly: bool

    @property
    def label(self) -> str:
        return _LABELS[self.key]

    @property
    def slots(self) -> list[datetime]:
        """The beginnings of its hours or days."""
        step = HOUR if self.hourly else DAY
        return [self.since + number * step for number in range(int((self.until - self.since) / step) + 1)]


def period_of(key: str, now: datetime | None = None) -> Period:
    """The period of a key as it is now; an unknown key is the default one."""
    until = now or database_now()
    days = _DAYS[key] if key in _DAYS else _DAYS[DEFAULT_PERIOD]
    if days is None:
        return Period(key, until.replace(minute=0, second=0, microsecond=0) - 23 * HOUR, until, hourly=True)
    midnight = datetime.combine(until.astimezone(UTC).date(), time(), UTC)
    return Period(key if key in _DAYS else DEFAULT_PERIOD, midnight - (days - 1) * DAY, until, hourly=False)
