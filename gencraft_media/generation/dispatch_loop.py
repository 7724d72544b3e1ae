"""The dispatcher's loop: woken by PostgreSQL's NOTIFY where there is one, by the clock everywhere."""

import threading
import time
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from gencraft_media.common.logs import logger
from gencraft_media.generation.circuits import watch_slow
from gencraft_media.generation.dispatcher import Lane, dispatch_due, standard_lanes
from gencraft_media.generation.journal import DUE_CHANNEL
from gencraft_media.generation.stamping import stamp_events
from gencraft_media.webhooks.dispatching import Publish, dispatch_deliveries
from gencraft_media.webhooks.outbox import publish_events
from gencraft_media.webhooks.tasks import hint

log = logger(__name__)
_TROUBLE_WAIT_S = 1.0
_REST_S = 0.05
_LISTEN_RETRY_S = 5.0
_STAMP_EVERY_S = 0.2
_WATCH_EVERY_S = 1.0


class DispatchLoop:
    """Rounds of dispatching until `stop` is set; a database or broker that is away is waited for."""

    def __init__(self, stop: threading.Event, lanes: list[Lane] | None = None, publish_webhook: Publish = hint) -> None:
        self._stop = stop
        self._lanes = lanes if lanes is not None else standard_lanes()
        self._publish_webhook = publish_webhook
        self._listener: psycopg.Connection[Any] | None = None
        self._listen_again_at = 0.0
        self._stamp_at = 0.0
        self._watch_at = 0.0
        self._telling = False

    def run(self) -> None:
        """Dispatch until asked to stop."""
        while not self._stop.is_set():
            try:
                busy = self.round()
            except Exception:
                log.warning("dispatch round failed", exc_info=True)
                self._forget_connections()
                self._stop.wait(_TROUBLE_WAIT_S)
                continue
            # Work comes in bursts: a moment's rest lets one round serve many rows.
            self._stop.wait(_REST_S)
            if not busy:
                self._wait_for_work()
        self._forget_connections()

    def round(self) -> bool:
        """One look at every lane; True when there may be more to do at once."""
        published = dispatch_due(self._lanes)
        if time.monotonic() >= self._watch_at:
            self._watch_at = time.monotonic() + _WATCH_EVERY_S
            watch_slow()
        if time.monotonic() >= self._stamp_at:
            self._stamp_at = time.monotonic() + _STAMP_EVERY_S
            stamp_events()
            publish_events()
            self._telling = True
        if self._telling:
            # While there is something to tell; between, rounds are for jobs alone.
            told = dispatch_deliveries(self._publish_webhook)
            self._telling = told > 0
            published += told
        return published > 0

    def _wait_for_work(self) -> None:
        listener = self._listening()
        if listener is None:
            self._stop.wait(settings.DISPATCH_INTERVAL_S)
            return
        try:
            for _ in listener.notifies(timeout=settings.DISPATCH_INTERVAL_S, stop_after=1):
                break
        except psycopg.Error:
            self._drop_listener()

    def _listening(self) -> psycopg.Connection[Any] | None:
        """A connection of its own that LISTENs, or None where the database cannot or does not now."""
        if connection.vendor != "postgresql":
            return None
        if self._listener is None and time.monotonic() >= self._listen_again_at:
            try:
                parameters = connection.get_connection_params()
                wanted = {
                    name: parameters[name]
                    for name in ("dbname", "user", "password", "host", "port")
                    if name in parameters
                }
                self._listener = psycopg.connect(**wanted, autocommit=True, connect_timeout=3)
                self._listener.execute(f"LISTEN {DUE_CHANNEL}")
            except psycopg.Error:
                self._drop_listener()
        return self._listener

    def _drop_listener(self) -> None:
        self._listen_again_at = time.monotonic() + _LISTEN_RETRY_S
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _forget_connections(self) -> None:
        self._drop_listener()
        try:
            connection.close()
        except (DatabaseError, InterfaceError):
            log.info("connection was already gone")
