"""Who waits for events in this process, and what each is to learn."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from gencraft_media.accounts.reach import Reach
from gencraft_media.common.event_types import EVERYTHING


@dataclass(frozen=True)
class Event:
    """One event as it was written; `number` counts from 1, without gaps, within the job or project watched."""

    number: int
    type: str
    created_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True)
class News:
    """What a waiter is to learn."""

    events: tuple[Event, ...] = ()
    # Up to which number everything is known now; None: as before.
    told: int | None = None
    ended: bool = False
    stopped: bool = False


class Watch:
    """One waiter's place. It belongs to the event loop it was made on; `told` and `given` are the watching thread's."""

    def __init__(
        self,
        subject_id: uuid.UUID,
        source: "Source",
        *,
        after: int | None,
        types: Sequence[str] = (EVERYTHING,),
        reach: Reach | None = None,
    ) -> None:
        self.subject_id = subject_id
        # Finds the news of this and of all other watches like it.
        self.source = source
        # Which events are wanted, where not all are (common/event_types.py).
        self.types = types
        self.loop = asyncio.get_running_loop()
        # Who waits, where that is to be asked again and again; None: the wait is short.
        self.reach = reach
        # The number of the last event given out; None: only the end matters.
        self.told = after
        # How many events were given out, and how many of them were taken.
        self.given = 0
        self.taken = 0
        # Up to which number everything was taken.
        self.position = after or 0
        # The subject is terminal, or gone, and each event of it was given out.
        self.ended = False
        # The end is not known, and will not be learned here: the process stops, or who waits may no longer ask.
        self.stopped = False
        self._events: list[Event] = []
        self._known = self.position
        self._news = asyncio.Event()

    async def wait(self, timeout_s: float | None) -> bool:
        """Whether there is news before `timeout_s` seconds have passed (None: ever)."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def take(self) -> list[Event]:
        """The events that came since they were last taken, in order."""
        events, self._events = self._events, []
        self.taken += len(events)
        self.position = self._known
        return events

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come, and everything was taken: news may come just when a wait gives up."""
        return (self.ended or self.stopped) and not self._events

    def bring(self, news: News) -> None:
        """Called on the loop."""
        self._events += news.events
        if news.events:
            self._known = news.events[-1].number
        if news.told is not None:
            self._known = news.told
        self.ended |= news.ended
        self.stopped |= news.stopped
        if self._events or self.ended or self.stopped:
            self._news.set()
        else:
            self.position = self._known


Source: TypeAlias = Callable[[Sequence[Watch]], list[tuple[Watch, News]]]
