"""Who is sent when, from the present queue: the dispatcher's order, the accounts' limits and the usual times."""

import heapq
import uuid
from collections import Counter, defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from gencraft_media.generation.limits import MINUTE_S
from gencraft_media.generation.outlook.pace import Pace
from gencraft_media.generation.outlook.snapshot import LiveAttempt
from gencraft_media.generation.turns import Line, Turns
from providers.limits import UNLIMITED
from providers.models import ProviderAccount


@dataclass(frozen=True)
class Place:
    """Of an attempt that was not sent yet: its place in line from 1 on, the outputs before it, seconds until its start.

    Where it is about to be sent, the place is 1.
    """

    position: int
    outputs_before: int
    starts_in_s: float


class WaitingLine:
    """The unsent attempts of one account, in the order and at the times they will be sent.

    `attempts` are all live ones of the account; `sent_ages_s` says how long ago its latest requests were sent.
    """

    def __init__(
        self,
        attempts: Sequence[LiveAttempt],
        sent_ages_s: Sequence[float],
        *,
        account: ProviderAccount | None,
        weights: Mapping[uuid.UUID, int],
        pace: Pace,
    ) -> None:
        self._weights = weights
        self._projects = Counter(one.project_id for one in attempts if one.is_unsent and not one.in_hand)
        starts = _starts(attempts, sent_ages_s, account, pace)
        next(starts)
        self._coming = {id(one): Place(1, 0, starts.send(one)) for one in attempts if one.is_unsent and one.in_hand}
        self._places = list[Place]()
        before = 0
        ordered = _in_fair_order(attempts, weights)
        for position, one in enumerate(ordered, 1):
            self._coming[id(one)] = Place(position, before, starts.send(one))
            self._places.append(self._coming[id(one)])
            before += one.outputs
        limit = UNLIMITED if account is None else account.concurrent_requests
        self._mean_outputs = before / len(ordered) if ordered else 1.0
        # When one more would start that comes behind all of them, and how much later the one behind that.
        self._end_s = starts.send(attempts[-1])
        self._apart_s = pace.duration_of(attempts[-1].served).mean / limit if limit > 0 else 1 / pace.starts_s

    def place_of(self, attempt: LiveAttempt) -> Place | None:
        """None where it was sent."""
        return self._coming.get(id(attempt))

    def place_for(self, project_id: uuid.UUID, number: int) -> Place:
        """Of one more attempt of a project, the `number`th, from 0 on, of those that are not in line yet."""
        before = self._attempts_before(project_id, number)
        behind = before + number - len(self._places)
        if behind < 0:
            return self._places[before + number]
        outputs = round(before * self._mean_outputs)
        return Place(before + number + 1, outputs, self._end_s + behind * self._apart_s)

    def add(self, project_id: uuid.UUID, attempts: int) -> None:
        """So many more came since the snapshot: who comes next is behind them, as far as that is fair."""
        self._projects[project_id] += attempts

    def _attempts_before(self, project_id: uuid.UUID, number: int) -> int:
        """Of those in line: in each round a project has as many turns as its weight, one after another's."""
        own = self._projects[project_id]
        # Of a project that came since, the weight is not known yet; its first turn does not depend on it.
        rounds, turn = divmod(own + number, self._weights.get(project_id, 1))
        others = 0
        # A list, because other threads add to it.
        for key, waiting in list(self._projects.items()):
            weight = self._weights.get(key, 1)
            if key != project_id:
                others += min(waiting, rounds * weight + min(turn + 1, weight))
        return own + others


def _in_fair_order(attempts: Sequence[LiveAttempt], weights: Mapping[uuid.UUID, int]) -> list[LiveAttempt]:
    """As a dispatcher would take them who knows nobody: what it remembers moves a project by a turn at most."""
    lines: dict[uuid.UUID, list[LiveAttempt]] = defaultdict(list)
    for one in attempts:
        if one.is_unsent and not one.in_hand:
            lines[one.project_id].append(one)
    if len(lines) == 1:
        return next(iter(lines.values()))
    queues = {key: Line(line, len(line), weight=weights[key]) for key, line in lines.items()}
    total = sum(map(len, lines.values()))
    return [one for _, one in Turns().choose(queues, total, cost=lambda one: one.outputs)]


def _starts(
    attempts: Sequence[LiveAttempt], sent_ages_s: Sequence[float], account: ProviderAccount | None, pace: Pace
) -> Generator[float, LiveAttempt, None]:
    """Given one attempt after another, in how many seconds each is sent."""
    at_once = UNLIMITED if account is None else account.concurrent_requests
    a_minute = UNLIMITED if account is None else account.requests_per_minute
    frees = sorted(pace.duration_of(one.served).remaining(0.5, one.sent_s) for one in attempts if one.is_at_provider)
    slots = ([0.0] * at_once + frees)[-at_once:] if at_once > 0 else []
    minute = sorted(-age for age in sent_ages_s)
    starts_in_s, last = 0.0, -1.0 / pace.starts_s
    while True:
        one = yield starts_in_s
        slot = heapq.heappop(slots) if slots else 0.0
        window = minute[-a_minute] + MINUTE_S if 0 < a_minute <= len(minute) else 0.0
        last = max(slot, window, one.due_in_s, last + 1.0 / pace.starts_s)
        starts_in_s = last + pace.hand_over_s
        minute.append(last)
        if at_once > 0:
            heapq.heappush(slots, starts_in_s + pace.duration_of(one.served).mean)
