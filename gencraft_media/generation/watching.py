"""One thread of a process asks the database for everything that somebody there waits for."""

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from gencraft_media.accounts.reach import Reach, still_held
from gencraft_media.common.event_types import EVERYTHING
from gencraft_media.common.logs import logger
from gencraft_media.common.stopping import when_stopping
from gencraft_media.generation.watches import News, Source, Watch

log = logger(__name__)
# New waiters are looked after at once, but all that come within this time by one look.
_SHORTEST_PAUSE_S = 0.02
_TROUBLE_PAUSE_S = 1.0
# How long somebody may go on listening who may no longer ask, at most; or one heartbeat, where that is shorter.
_REACH_FOR_S = 5.0


class Watcher:
    """All watches of a process, and the thread that runs as long as there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[Watch] = set()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._asked_at = time.monotonic()

    @contextmanager
    def watch(
        self,
        subject_id: uuid.UUID,
        source: Source,
        *,
        after: int | None,
        types: Sequence[str] = (EVERYTHING,),
        reach: Reach | None = None,
    ) -> Iterator[Watch]:
        """Watch a job or a project within the block: its events after number `after`, or with None only its end.

        `source` finds the news of its kind; with `reach` the watch stops when that is lost.
        """
        watch = Watch(subject_id, source, after=after, types=types, reach=reach)
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
                    _hand_out(self._dismissals(watches) or _news_for(watches))
                    pause.wait(_SHORTEST_PAUSE_S)
                except Exception:
                    # Whoever waits goes on waiting: an outage is no news.
                    log.warning("watching failed", exc_info=True)
                    connection.close()
                    pause.wait(_TROUBLE_PAUSE_S)
                self._wake.wait(settings.WATCH_INTERVAL_S - _SHORTEST_PAUSE_S)
                self._wake.clear()
        finally:
            connection.close()

    def _dismissals(self, watches: Sequence[Watch]) -> list[tuple[Watch, News]]:
        """Asked now and then: before news, so that who lost a key learns nothing more."""
        if time.monotonic() - self._asked_at < min(_REACH_FOR_S, settings.EVENT_HEARTBEAT_S):
            return []
        self._asked_at = time.monotonic()
        return _no_longer_allowed(watches)

    def _present_watches(self) -> list[Watch]:
        """Those still there; where there are none the thread ends, and the next watch starts another."""
        with self._lock:
            self._watches = {watch for watch in self._watches if not watch.loop.is_closed()}
            if not self._watches:
                self._thread = None
            return list(self._watches)


def _news_for(watches: Sequence[Watch]) -> list[tuple[Watch, News]]:
    by_source: dict[Source, list[Watch]] = defaultdict(list)
    for watch in watches:
        by_source[watch.source].append(watch)
    return [news for source, own in by_source.items() for news in source(own)]


def _no_longer_allowed(watches: Sequence[Watch]) -> list[tuple[Watch, News]]:
    """An end for whoever lost the key, or the project, since the watch began."""
    held = {watch.reach for watch in watches if watch.reach is not None}
    lost = held - still_held(held) if held else set()
    return [(watch, News(stopped=True)) for watch in watches if watch.reach in lost]


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
