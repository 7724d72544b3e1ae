"""Webhooks without processes: events, and a dispatcher with senders in threads."""

import itertools
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

from gencraft_media.accounts.models import Project
from gencraft_media.common.events import record_event
from gencraft_media.common.models import DomainEvent
from gencraft_media.common.versioned import change_settings
from gencraft_media.generation.stamping import stamp_events
from gencraft_media.webhooks.delivering import deliver
from gencraft_media.webhooks.dispatching import dispatch_deliveries
from gencraft_media.webhooks.endpoints import create_endpoint
from gencraft_media.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookSettings
from gencraft_media.webhooks.outbox import publish_events
from tests.factories import make_project
from tests.waiting import wait_until

_numbers = itertools.count(1)


def tell(
    project: Project, type: str = "job.completed", *, job_id: uuid.UUID | None = None, **payload: Any
) -> DomainEvent:
    """An event of the project about a job, not numbered yet."""
    subject_id = job_id or uuid.uuid4()
    document = {"jobId": str(subject_id), "status": "completed", "progress": 100, **payload}
    return record_event(
        subject_kind="job",
        subject_id=subject_id,
        number=next(_numbers),
        type=type,
        payload=document,
        project_id=project.pk,
    )


def publish() -> None:
    """Number what was told, and write its deliveries."""
    stamp_events()
    while publish_events():
        pass


def send_due() -> int:
    """Send what is due, one after the other, in this thread; how many there were."""
    return dispatch_deliveries(lambda pk: deliver(str(pk)))


def make_endpoint(url: str, *, project: Project | None = None, events: tuple[str, ...] = ("*",)) -> WebhookEndpoint:
    """An endpoint, of a new project unless one is named."""
    project = project or make_project()
    return create_endpoint(project=project, url=url, events=events, actor=project.owner)


def make_forbidden_endpoint(url: str) -> WebhookEndpoint:
    """An endpoint at an address that was let out to when it was saved, and is not any more."""
    endpoint = make_endpoint("https://hooks.example.com/later-private")
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=url)
    endpoint.refresh_from_db()
    return endpoint


def set_rules(**changes: Any) -> None:
    """Other settings for deliveries."""
    change_settings(WebhookSettings, changes)


def states() -> dict[str, int]:
    """How many deliveries are in which state."""
    found: dict[str, int] = {}
    for state in WebhookDelivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def nothing_pending() -> bool:
    """Whether every delivery has come to its end."""
    return not WebhookDelivery.objects.filter(state=DeliveryState.PENDING).exists()


class Senders:
    """A dispatcher, and as many senders as a worker has slots for webhooks."""

    def __init__(self, threads: int = 32) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._sent: list[Future[None]] = []
        self.hints = 0

    def round(self) -> None:
        """One look of the dispatcher."""
        stamp_events()
        publish_events()
        self.hints += dispatch_deliveries(lambda pk: self._sent.append(self._pool.submit(self._send, pk)))

    def until(self, condition: Callable[[], bool], *, timeout_s: float, what: str) -> None:
        """Go round until the condition holds."""

        def look() -> bool:
            self.round()
            return condition()

        wait_until(look, timeout_s=timeout_s, what=what)

    def stop(self) -> None:
        """Wait for what is under way; errors of senders are the test's."""
        self._pool.shutdown(wait=True)
        for one in self._sent:
            one.result()

    @staticmethod
    def _send(delivery_id: uuid.UUID) -> None:
        try:
            deliver(str(delivery_id))
        finally:
            connection.close()


@contextmanager
def senders(threads: int = 32) -> Iterator[Senders]:
    """Senders that have ended with the block."""
    made = Senders(threads)
    try:
        yield made
    finally:
        made.stop()


def in_threads(count: int, work: Callable[[], None]) -> None:
    """Do the same in many threads at once."""
    barrier = threading.Barrier(count)

    def run() -> None:
        try:
            barrier.wait(10)
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        for one in [pool.submit(run) for _ in range(count)]:
            one.result()
