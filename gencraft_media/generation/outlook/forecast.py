"""When each attempt under way will be finished, from one snapshot of the queue; worked out once a second at most."""

import bisect
import heapq
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from gencraft_media.common.remembered import remembered_longer
from gencraft_media.generation.outlook.durations import Duration
from gencraft_media.generation.outlook.line import Place, WaitingLine
from gencraft_media.generation.outlook.pace import pace_of
from gencraft_media.generation.outlook.snapshot import LiveAttempt, Served, Snapshot, present_queue
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.weights import weights_of
from providers.selectors import find_account

_MEDIAN = 0.5


@dataclass(frozen=True)
class Way:
    """An attempt's way to its end, in seconds from the snapshot on.

    `place` is None once it was sent, `sent_s` ago. `duration`: at the provider; None once its outputs are here.
    `step_s`: what its pictures take, with the wait for those of others.
    """

    outputs: int
    place: Place | None = None
    duration: Duration | None = None
    sent_s: float = 0.0
    step_s: float = 0.0

    def lands_in_s(self, share: float, later_s: float = 0.0) -> float:
        """Until its outputs come in `share` of all cases, for somebody who asks `later_s` after the snapshot."""
        if self.duration is None:
            return 0.0
        if self.place is None:
            return self.duration.remaining(share, self.sent_s + later_s)
        return max(self.place.starts_in_s - later_s, 0.0) + self.duration.quantile(share)


class Forecast:
    """What follows from one snapshot, for whoever asks."""

    def __init__(self, snapshot: Snapshot, weights: Mapping[uuid.UUID, int]) -> None:
        self.snapshot, self.pace = snapshot, pace_of(snapshot)
        self._weights = weights
        self._lines = dict(self._all_lines())
        ways = [self._way_of(one) for one in snapshot.live]
        self._ways: dict[uuid.UUID, list[Way]] = defaultdict(list)
        # When the pictures that are here or will come are finished, and how many there are until then.
        self._finishing: list[tuple[float, float]] = []
        for one, way, step_s in zip(snapshot.live, ways, self._steps_s(ways), strict=True):
            self._ways[one.job_id].append(replace(way, step_s=step_s))

    def ways_of(self, job_id: uuid.UUID) -> Sequence[Way]:
        """Those of the job's attempts; none where it is newer than the snapshot, or between two attempts."""
        return self._ways.get(job_id, ())

    def new_ways(
        self, job_id: uuid.UUID, project_id: uuid.UUID, served: Served, outputs: Sequence[int]
    ) -> Sequence[Way]:
        """Of a job that came after the snapshot, by the outputs of its attempts. Who comes later is behind it."""
        line = self._lines.get(served.account_id)
        if line is None:
            nobody = LiveAttempt(job_id, project_id, served, AttemptState.LANDED, False, 0.0, 0.0, 0.0, 1)
            line = self._lines[served.account_id] = self._line([nobody], served.account_id)
        duration = self.pace.duration_of(served)
        ways = [Way(count, line.place_for(project_id, number), duration) for number, count in enumerate(outputs)]
        line.add(project_id, len(ways))
        self._ways[job_id] = [
            replace(way, step_s=self._step_at(way.lands_in_s(_MEDIAN)) + way.outputs * self.pace.step_s) for way in ways
        ]
        return self._ways[job_id]

    def _line(self, attempts: Sequence[LiveAttempt], account_id: uuid.UUID | None) -> WaitingLine:
        # What has landed is among those that are done.
        live = [one.sent_s for one in attempts if one.is_at_provider]
        sent = [one.sent_s for one in self.snapshot.done if one.served.account_id == account_id]
        account = None if account_id is None else find_account(account_id)
        return WaitingLine(attempts, [*live, *sent], account=account, weights=self._weights, pace=self.pace)

    def _all_lines(self) -> Iterator[tuple[uuid.UUID | None, WaitingLine]]:
        live: dict[uuid.UUID | None, list[LiveAttempt]] = defaultdict(list)
        for one in self.snapshot.live:
            live[one.served.account_id].append(one)
        for account_id, attempts in live.items():
            yield account_id, self._line(attempts, account_id)

    def _way_of(self, one: LiveAttempt) -> Way:
        if one.has_landed:
            return Way(one.outputs)
        place = self._lines[one.served.account_id].place_of(one)
        return Way(one.outputs, place, self.pace.duration_of(one.served), one.sent_s)

    def _steps_s(self, ways: Sequence[Way]) -> list[float]:
        """From landing to finished, where pictures are taken as they come."""
        places = [0.0] * settings.WORKER_MEDIA_SLOTS
        steps = [0.0] * len(ways)
        for landed_s, number in sorted((way.lands_in_s(_MEDIAN), number) for number, way in enumerate(ways)):
            began_s = max(heapq.heappop(places), landed_s + self.pace.hand_over_s)
            finished_s = began_s + ways[number].outputs * self.pace.step_s
            heapq.heappush(places, finished_s)
            steps[number] = finished_s - landed_s
            self._finishing.append((landed_s, began_s - landed_s))
        return steps

    def _step_at(self, landing_s: float) -> float:
        """How long a picture that comes in `landing_s` waits for others."""
        place = bisect.bisect_left(self._finishing, (landing_s, 0.0))
        if place == 0:
            return self.pace.hand_over_s
        landed_s, waits_s = self._finishing[place - 1]
        return max(waits_s - (landing_s - landed_s), self.pace.hand_over_s)


@remembered_longer(1)
def present_forecast() -> Forecast:
    """What follows from the queue as it was within the last second."""
    snapshot = present_queue()
    return Forecast(snapshot, weights_of({one.project_id for one in snapshot.live}))
