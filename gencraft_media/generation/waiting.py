"""Waiting for jobs in asynchronous code: no thread and no database connection is held meanwhile."""

import asyncio
import uuid
from collections.abc import AsyncIterator

from gencraft_media.generation.job_news import job_news
from gencraft_media.generation.watches import Event
from gencraft_media.generation.watching import WATCHER

__all__ = ["Event", "job_events", "wait_for_end"]


async def wait_for_end(job_id: uuid.UUID, timeout_s: float) -> bool:
    """Wait until the job is terminal, `timeout_s` seconds at most. True when it is; a job that is gone counts as ended.

    Returns early, with False, when this process is asked to stop.
    """
    with WATCHER.watch(job_id, job_news, after=None) as watch:
        await watch.wait(timeout_s)
        return watch.ended


async def job_events(job_id: uuid.UUID, after: int, timeout_s: float | None = None) -> AsyncIterator[Event]:
    """The job's events with numbers above `after` (0: all), each as soon as it is known.

    Ends after the job's last event, after `timeout_s` seconds (None: never), or when this process is asked to stop.
    """
    loop = asyncio.get_running_loop()
    deadline = None if timeout_s is None else loop.time() + timeout_s
    with WATCHER.watch(job_id, job_news, after=after) as watch:
        while not watch.is_over and await watch.wait(deadline and max(0.0, deadline - loop.time())):
            for event in watch.take():
                yield event
