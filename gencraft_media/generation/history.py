"""What the engine's own attempts tell of a model: how long it takes, and how often it delivers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrackRecord:
    """The latest calls of one model for one operation with one account. Times in seconds from sending to landing.

    `success_rate` 0-1 counts what the provider is to blame for, not refused requests; None where there are too few.
    """

    calls: int = 0
    seconds: float | None = None
    seconds_low: float | None = None
    seconds_high: float | None = None
    success_rate: float | None = None
