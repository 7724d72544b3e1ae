"""How long a provider takes for a request, as a distribution: its tenths are known, the rest follows their curve."""

import math
import uuid
from dataclasses import dataclass
from statistics import NormalDist

from gencraft_media.generation.history import TrackRecord, track_record
from providers.errors import ModelUnknown
from providers.selectors import get_model

_NORMAL = NormalDist()
_TENTH = _NORMAL.inv_cdf(0.9)
# Without history: a third and three times of what the catalogue says are the tenths.
_GUESSED = math.log(3) / _TENTH
_ASSUMED_S = 15.0
# The future varies a little more than the past did, the more so the less of the past is known.
_LEAST_SPREAD, _SPREAD_OF_ONE = 0.06, 0.6
# Of one that takes longer than ever: its age once more is this much of it, at least, as the median.
_OVERDUE = 0.3
_CERTAIN = 0.995


@dataclass(frozen=True)
class Duration:
    """Log-normal on either side of the median (seconds), with a spread of its own below and above."""

    median: float
    spread_below: float
    spread_above: float

    @property
    def mean(self) -> float:
        """What many of them take, each."""
        return self.median * math.exp(self.spread_above**2 / 2)

    def quantile(self, share: float) -> float:
        """Within so many seconds `share` (0-1, exclusive) of the requests are done."""
        deviation = _NORMAL.inv_cdf(share)
        return self.median * math.exp(deviation * (self.spread_below if deviation < 0 else self.spread_above))

    def remaining(self, share: float, age_s: float) -> float:
        """The same for the rest of one that runs for `age_s` already."""
        done = self._share_within(age_s)
        rest = self.quantile(min(done + share * (1 - done), 1 - 1e-9)) - age_s
        if done < _CERTAIN:
            return max(rest, 0.0)
        return max(rest, age_s * _OVERDUE * share / (1 - share))

    def slower(self, times: float) -> "Duration":
        """The same, everything taking `times` as long."""
        return Duration(self.median * times, self.spread_below, self.spread_above)

    def _share_within(self, seconds: float) -> float:
        if seconds <= 0:
            return 0.0
        distance = math.log(seconds / self.median)
        return _NORMAL.cdf(distance / (self.spread_below if distance < 0 else self.spread_above))


def duration_of(provider: str, model: str, operation: str, account_id: uuid.UUID | None) -> Duration:
    """From the latest calls with the account, else with any; else from the catalogue, with a wide range."""
    for record in (
        track_record(provider, model, operation, account_id),
        track_record(provider, model, operation),
    ):
        known = _measured(record)
        if known is not None:
            return known
    return Duration(_typical_s(provider, model), _GUESSED, _GUESSED)


def _measured(record: TrackRecord) -> Duration | None:
    median, low, high = record.seconds, record.seconds_low, record.seconds_high
    if low is None or high is None or median is None or median <= 0:
        return None
    least = _LEAST_SPREAD + _SPREAD_OF_ONE / record.calls
    below = math.log(median / low) / _TENTH if low > 0 else least
    return Duration(median, max(below, least), max(math.log(high / median) / _TENTH, least))


def _typical_s(provider: str, model: str) -> float:
    try:
        return max(float(get_model(provider, model).typical_seconds), 0.1)
    except ModelUnknown:
        return _ASSUMED_S
