"""One thread of a process asks the database about every job that somebody there waits for."""

import itertools
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from gencraft_media.common.logs import logger
from gencraft_media.common.models import DomainEvent
from gencraft_media.common.stopping import when_stopping
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.generation.watches import Event, News, Watch

log = logger(__name__)
# New waiters are looked after at once, but all that come within this time by one look.
_SHORTEST_PAUSE_S = 0.02
_TROUBLE_PAUSE_S = 1.0
# Well below the number of variables that any database takes in one statement.
_JOBS_A_QUERY = 500


class Watcher:
    """All watches of a process, and the thread that runs as long as there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = False

    @contextmanager
    def watch(self, job_id: uuid.UUID, *, after: int | None) -> Iterator[Watch]:
        """Watch a job within the block: its events after number `after`, or with None only its end."""
        watch = Watch(job_id, after)
        self._add(watch)
        try:
            yield watch
        finally:
            with self._lock:
                self._watches.discard(watch)

    def stop(self) -> None:
        """Let every wait end now, also those yet to begin."""
        with self._lock:
            self._stopping = True
            watches = list(self._watches)
        _hand_out((watch, News(stopped=True)) for watch in watches)

    def _add(self, watch: Watch) -> None:
        with self._lock:
            if self._stopping:
                watch.bring(News(stopped=True))
                return
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="job-watcher", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        pause = threading.Event()
        try:
            while watches := self._present_watches():
                try:
                    _hand_out(_news_for(watches))
                    pause.wait(_SHORTEST_PAUSE_S)
                except Exception:
                    # Whoever waits goes on waiting: an outage is no news about a job.
                    log.warning("watching jobs failed", exc_info=True)
                    connection.close()
                    pause.wait(_TROUBLE_PAUSE_S)
                self._wake.wait(settings.WATCH_INTERVAL_S - _SHORTEST_PAUSE_S)
                self._wake.clear()
        finally:
            connection.close()

    def _present_watches(self) -> list[Watch]:
        """Those still there; where there are none the thread ends, and the next watch starts another."""
        with self._lock:
            self._watches = {watch for watch in self._watches if not watch.loop.is_closed()}
            if not self._watches:
                self._thread = None
            return list(self._watches)


def _news_for(watches: Sequence[Watch]) -> list[tuple[Watch, News]]:
    states = _states({watch.job_id for watch in watches})
    behind = [watch for watch in watches if watch.told is not None and watch.told < states[watch.job_id][1]]
    events = events_of({watch.job_id for watch in behind}, after=min((watch.told or 0 for watch in behind), default=0))
    found = []
    for watch in watches:
        fresh: tuple[Event, ...] = ()
        if watch.told is not None:
            fresh = tuple(event for event in events[watch.job_id] if event.number > watch.told)
            watch.told = fresh[-1].number if fresh else watch.told
        if fresh or states[watch.job_id][0]:
            found.append((watch, News(fresh, ended=states[watch.job_id][0])))
    return found


def _states(job_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[bool, int]]:
    """Whether each job has ended, and how many events it has. A job that was deleted has ended, too."""
    states: dict[uuid.UUID, tuple[bool, int]] = defaultdict(lambda: (True, 0))
    for some in _batches(job_ids):
        rows = GenerationJob.objects.filter(pk__in=some).values_list("id", "status", "event_count")
        states.update({job_id: (status in TERMINAL[JobStatus], count) for job_id, status, count in rows})
    return states


def events_of(job_ids: Iterable[uuid.UUID], *, after: int) -> dict[uuid.UUID, list[Event]]:
    """The jobs' events with numbers above `after`, in order."""
    events = defaultdict(list)
    for some in _batches(job_ids):
        rows = DomainEvent.objects.filter(subject_id__in=some, number__gt=after).order_by("number")
        for job_id, *facts in rows.values_list("subject_id", "number", "type", "created_at", "payload"):
            events[job_id].append(Event(*facts))
    return events


def _batches(job_ids: Iterable[uuid.UUID]) -> Iterator[tuple[uuid.UUID, ...]]:
    rest = iter(job_ids)
    while some := tuple(itertools.islice(rest, _JOBS_A_QUERY)):
        yield some


def _hand_out(news: Iterable[tuple[Watch, News]]) -> None:
    """Bring each waiter its news, with one call to each event loop."""
    by_loop = defaultdict(list)
    for watch, own in news:
        by_loop[watch.loop].append((watch, own))
    for loop, together in by_loop.items():
        try:
            loop.call_soon_threadsafe(_bring_all, together)
        except RuntimeError:
            log.info("an event loop was closed while somebody waited on it")


def _bring_all(together: Sequence[tuple[Watch, News]]) -> None:
    for watch, news in together:
        watch.bring(news)


WATCHER = Watcher()
when_stopping(WATCHER.stop)
