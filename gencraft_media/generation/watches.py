"""Who waits for a job in this process, and what each is to learn."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """One event of a job as it was written; `number` counts from 1 within the job, without gaps."""

    number: int
    type: str
    created_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True)
class News:
    """What a waiter is to learn."""

    events: tuple[Event, ...] = ()
    ended: bool = False
    stopped: bool = False


class Watch:
    """One waiter's place. It belongs to the event loop it was made on; only `told` is the watching thread's."""

    def __init__(self, job_id: uuid.UUID, after: int | None) -> None:
        self.job_id = job_id
        self.loop = asyncio.get_running_loop()
        # The number of the last event given out; None: only the end matters.
        self.told = after
        # The job is terminal, or gone, and each event of it was given out.
        self.ended = False
        # The end is not known, and will not be learned here: the process stops.
        self.stopped = False
        self._events: list[Event] = []
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
        return events

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come, and everything was taken: news may come just when a wait gives up."""
        return (self.ended or self.stopped) and not self._events

    def bring(self, news: News) -> None:
        """Called on the loop."""
        self._events += news.events
        self.ended |= news.ended
        self.stopped |= news.stopped
        self._news.set()
