"""Months of credits and quotas: calendar months in UTC, by the database's time."""

from datetime import UTC, datetime, timedelta


def month_start(at: datetime) -> datetime:
    """The first moment of the month `at` lies in."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(at: datetime) -> datetime:
    """The first moment of the month after the one `at` lies in."""
    # 32 days after the first of a month always lie in the next one.
    return month_start(month_start(at) + timedelta(days=32))


def day_start(at: datetime) -> datetime:
    """The first moment of the day `at` lies in."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def next_day(at: datetime) -> datetime:
    """The first moment of the day after the one `at` lies in."""
    return day_start(at) + timedelta(days=1)
