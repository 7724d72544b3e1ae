"""Deficit round robin between projects: whose attempt has the next free slot.

Each round, what a project may have grows by its weight, and an attempt costs the outputs it serves. One attempt may
cost more than is left; the project then waits until rounds have paid for it. Within a round projects take turns attempt
by attempt, so that nobody waits for all that another's weight allows.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Step = TypeVar("Step")
# Who was not served for as many turns of others is taken for somebody new.
_REMEMBERED = 1024
# What is left, the weights, and who has all that it asked for.
_Books = tuple[dict[uuid.UUID, int], dict[uuid.UUID, int], set[uuid.UUID]]


@dataclass(frozen=True)
class Line(Generic[Step]):
    """What one project has waiting, the next first: `total` steps, of which only the first ones need to be known.

    So many of them, `costless`, cost nothing and come first.
    """

    steps: Sequence[Step]
    total: int
    costless: int = 0
    weight: int = 1


class _Visit(Generic[Step]):
    """A line while slots are given out."""

    def __init__(self, project_id: uuid.UUID, line: Line[Step]) -> None:
        self.project_id, self.line, self.place, self.taken = project_id, line, 0, 0
        self.is_over = False

    @property
    def is_unknown(self) -> bool:
        return self.place == len(self.line.steps)

    @property
    def is_costless(self) -> bool:
        return self.place < self.line.costless

    def find_next(self, fits: Callable[[Step], bool]) -> Step | None:
        """The next step that fits, and pass by it; None where no known one does."""
        while not self.is_unknown:
            step = self.line.steps[self.place]
            self.place += 1
            if fits(step):
                self.taken += 1
                self.is_over = self.place == self.line.total
                return step
        self.is_over = True
        return None


class Turns:
    """What each project has left of its share, and who was served last. Lost with the process: somebody's one turn."""

    def __init__(self) -> None:
        # Outputs that a project may have in this round still; not above 0: it waits for the next one.
        self._left: dict[uuid.UUID, int] = {}
        self._weights: dict[uuid.UUID, int] = {}
        # The larger the number, the later; the latest last.
        self._served: dict[uuid.UUID, int] = {}
        self._turns = 0
        # Had all that they asked for in this round. Coming again, they have turns, but do not prolong the round.
        self._content: set[uuid.UUID] = set()

    def choose(
        self,
        lines: Mapping[uuid.UUID, Line[Step]],
        room: int,
        *,
        cost: Callable[[Step], int],
        fits: Callable[[Step], bool] = lambda step: True,
    ) -> list[tuple[uuid.UUID, Step]]:
        """At most `room` steps in fair order, with their projects, which have then paid for them.

        A step that costs nothing never waits for a round. One that does not fit (its provider account is full) is
        passed over. Ends early where the next turn is that of a step that is not known.
        """
        chosen: list[tuple[uuid.UUID, Step]] = []
        ring = self._ring(lines)
        before: _Books | None = None
        while ring and len(chosen) < room:
            before = self._begin_round_if_over(ring, lines) or before
            turn = [visit for visit in ring if visit.is_costless or self._left[visit.project_id] > 0]
            for visit in turn:
                if visit.is_unknown or len(chosen) == room:
                    return chosen
                costless = visit.is_costless
                step = visit.find_next(fits)
                if step is not None:
                    before = before if costless else None
                    self._charge(visit, 0 if costless else cost(step))
                    chosen.append((visit.project_id, step))
            served = set(map(id, turn))
            ring = [visit for visit in ring if id(visit) not in served] + [one for one in turn if not one.is_over]
        if before is not None:
            # Nothing that had to be paid for did fit: the round has not begun.
            self._left, self._weights, self._content = before
        return chosen

    def shares(self, lines: Mapping[uuid.UUID, Line[int]], room: int) -> Counter[uuid.UUID]:
        """How many of `room` slots each project would have now if each of its attempts served one output."""
        trial = Turns()
        trial._left, trial._weights, trial._served = dict(self._left), dict(self._weights), dict(self._served)
        trial._turns, trial._content = self._turns, set(self._content)
        return Counter(project_id for project_id, _ in trial.choose(lines, room, cost=lambda step: 1))

    def give_back(self, project_id: uuid.UUID, cost: int) -> None:
        """Undo the charge for a step that somebody else had taken."""
        if project_id in self._left:
            self._left[project_id] += cost

    def rest(self) -> None:
        """Nobody waits: what projects had too much was nobody's loss."""
        self._left.clear()
        self._weights.clear()
        self._content.clear()

    def _ring(self, lines: Mapping[uuid.UUID, Line[Step]]) -> list[_Visit[Step]]:
        """Those never served first, as they are given; then the others, the latest last."""
        for project_id, line in lines.items():
            self._weights[project_id] = line.weight
            self._left.setdefault(project_id, line.weight)
        ordered = sorted(lines, key=lambda project_id: self._served.get(project_id, 0))
        return [_Visit(project_id, lines[project_id]) for project_id in ordered]

    def _charge(self, visit: _Visit[Step], cost: int) -> None:
        project_id = visit.project_id
        self._left[project_id] -= cost
        self._served.pop(project_id, None)
        self._turns += 1
        self._served[project_id] = self._turns
        if len(self._served) > _REMEMBERED:
            del self._served[next(iter(self._served))]
        # Whoever has all it asked for begins anew with its next request; what it had too much is not forgotten.
        # Looked after what is under way, it may have more that waits for its provider, and so does not show here.
        if cost and visit.taken == visit.line.total and self._left[project_id] >= 0:
            self._forget(project_id)
            self._content.add(project_id)

    def _begin_round_if_over(
        self, ring: Sequence[_Visit[Step]], waiting: Mapping[uuid.UUID, Line[Step]]
    ) -> _Books | None:
        """As many rounds at once as it takes until somebody may have something who had to wait for one.

        Returns how things stood before; None where no round has begun.
        """
        paying = [visit.project_id for visit in ring if not visit.is_costless]
        bound = [project_id for project_id in paying if project_id not in self._content] or paying
        if not bound or any(self._left[project_id] > 0 for project_id in bound):
            return None
        before = dict(self._left), dict(self._weights), set(self._content)
        rounds = min(-self._left[project_id] // self._weights[project_id] + 1 for project_id in bound)
        self._content.clear()
        for project_id, weight in list(self._weights.items()):
            self._left[project_id] = min(self._left[project_id] + rounds * weight, weight)
            if project_id not in waiting and self._left[project_id] >= 0:
                self._forget(project_id)
        return before

    def _forget(self, project_id: uuid.UUID) -> None:
        del self._left[project_id], self._weights[project_id]
