"""What the last minute says about speed: how providers do against their history, how fast pictures are finished."""

import bisect
import statistics
from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings

from gencraft_media.generation.outlook.durations import Duration, duration_of
from gencraft_media.generation.outlook.snapshot import DoneAttempt, Served, Snapshot
from providers.limits import UNLIMITED
from providers.selectors import find_account

# Of one output in the image child, until some were measured.
_USUAL_STEP_S = 0.3
_USUAL_STARTS_S = 15.0
_MOST_STARTS_S = 100.0
# From the commit of one step to the begin of the next, until some were measured: found, hinted at, claimed.
_USUAL_HAND_OVER_S = 0.15
_MOST_HAND_OVER_S = 3.0
_FRESH_S = 20.0
_ENOUGH = 3


@dataclass(frozen=True)
class Pace:
    """Seconds between two steps and of one output's image step, starts a second that were seen, and times by model."""

    hand_over_s: float
    step_s: float
    starts_s: float
    slower: dict[Served, float]
    known: dict[Served, Duration] = field(default_factory=dict)

    def duration_of(self, served: Served) -> Duration:
        """The history's distribution, corrected by how the model does right now."""
        if served not in self.known:
            self.known[served] = duration_of(*served).slower(self.slower.get(served, 1.0))
        return self.known[served]


def pace_of(snapshot: Snapshot) -> Pace:
    """Measured where there is enough to measure."""
    return Pace(_hand_over_s(snapshot), _step_s(snapshot), _starts_s(snapshot), _slower(snapshot))


def _hand_over_s(snapshot: Snapshot) -> float:
    """How long requests waited that had nothing to wait for: from when they were planned, or a slot became free."""
    waits: list[float] = []
    accounts = {one.served.account_id for one in snapshot.done}
    for account_id in accounts:
        account = find_account(account_id) if account_id else None
        slots = UNLIMITED if account is None else account.concurrent_requests
        landings: list[float] = []
        for one in sorted((done for done in snapshot.done if done.served.account_id == account_id), key=_sent_before):
            free = landings[slots - 1] if 0 < slots <= len(landings) else one.planned_s
            waits.append(min(max(min(free, one.planned_s) - one.sent_s, 0.0), _MOST_HAND_OVER_S))
            # The latest first.
            bisect.insort(landings, one.landed_s)
    return statistics.median(waits) if len(waits) >= _ENOUGH else _USUAL_HAND_OVER_S


def _sent_before(one: DoneAttempt) -> float:
    return -one.sent_s


def _step_s(snapshot: Snapshot) -> float:
    """The image steps' own time: each began when its picture had landed and a place was free."""
    done = sorted((one for one in snapshot.done if one.finished_s is not None), key=lambda one: -_finished(one))
    places = settings.WORKER_MEDIA_SLOTS
    steps = []
    for number, one in enumerate(done):
        began = one.landed_s
        if number >= places:
            began = min(began, _finished(done[number - places]))
        steps.append(max(began - _finished(one), 0.01) / one.outputs)
    return statistics.median(steps) if len(steps) >= _ENOUGH else _USUAL_STEP_S


def _finished(one: DoneAttempt) -> float:
    return one.finished_s or 0.0


def _starts_s(snapshot: Snapshot) -> float:
    ages = [one.sent_s for one in snapshot.done]
    ages += [one.sent_s for one in snapshot.live if not one.is_unsent]
    busiest = max(Counter(int(age) for age in ages).values(), default=0)
    return min(max(float(busiest), _USUAL_STARTS_S), _MOST_STARTS_S)


def _slower(snapshot: Snapshot) -> dict[Served, float]:
    """How many times as long as their history models take in these seconds."""
    took: dict[Served, list[float]] = {}
    for one in snapshot.done:
        if one.landed_s < _FRESH_S:
            took.setdefault(one.served, []).append(one.sent_s - one.landed_s)
    return {
        served: min(max(statistics.median(times) / duration_of(*served).median, 0.25), 4.0)
        for served, times in took.items()
        if len(times) >= _ENOUGH
    }
