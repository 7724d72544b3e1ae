"""Clients of a real web server that stay connected, and the other side: what happens to their jobs."""

import http.client
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests
from django.db import transaction

from gencraft_media.generation.cancellation import cancel_job
from gencraft_media.generation.journal import locked_job, save_events, tell
from gencraft_media.generation.models import GenerationJob
from tests.generation.tenants import BODY, Tenant
from tests.running_engine import RunningEngine

# What a job tells that is canceled before anything was sent.
CANCELED = ["job.cancel_requested", "item.canceled", "job.canceled"]
# Closed after each test, whatever became of it.
opened: list[requests.Response | http.client.HTTPConnection] = []


@dataclass(frozen=True)
class Told:
    """One event as the stream told it."""

    id: str
    type: str
    document: dict[str, Any]


class Stream:
    """An open event stream, of a job or (None) of the key's project."""

    def __init__(
        self, engine: RunningEngine, alice: Tenant, job: GenerationJob | None, query: str = "", **headers: str
    ) -> None:
        self.response = requests.get(
            f"{engine.url}/api/media/{f'jobs/{job.pk}/' if job else ''}events{query}",
            headers={
                "Authorization": f"Bearer {alice.token}",
                "Accept": "text/event-stream",
                # Kept open, it would hold up a server that stops.
                "Connection": "close",
                **headers,
            },
            stream=True,
            timeout=20,
        )
        opened.append(self.response)
        self.lines = self.response.iter_lines(chunk_size=1)

    def blocks(self) -> Iterator[list[str]]:
        """What stands between empty lines, until the stream ends."""
        block: list[str] = []
        for line in self.lines:
            if line:
                block.append(line.decode())
            else:
                yield block
                block = []

    def events(self) -> Iterator[Told]:
        """Events, until the stream ends."""
        for block in self.blocks():
            fields = dict(line.split(": ", 1) for line in block if not line.startswith(":"))
            if "event" in fields:
                yield Told(fields["id"], fields["event"], json.loads(fields["data"]))

    def take(self, count: int) -> list[Told]:
        """The next events."""
        events = self.events()
        return [next(events) for _ in range(count)]


class Waiting:
    """A request that was sent, and whose answer was not read yet."""

    def __init__(self, engine: RunningEngine, alice: Tenant, method: str, path: str, prefer: str) -> None:
        headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json", "Prefer": prefer}
        self._connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=60)
        opened.append(self._connection)
        self._connection.request(method, path, json.dumps(BODY) if method == "POST" else None, headers)

    def answer(self) -> tuple[http.client.HTTPResponse, dict[str, Any]]:
        """The answer, when it comes."""
        response = self._connection.getresponse()
        document = json.loads(response.read())
        self._connection.close()
        return response, document


def tell_progress(job_id: uuid.UUID, percent: int) -> None:
    """Let the job come so far."""
    with transaction.atomic():
        job = locked_job(job_id)
        job.progress = percent
        tell(job, "job.progress")
        save_events(job)


def end(*jobs: GenerationJob) -> None:
    """Let the jobs end."""
    for job in jobs:
        cancel_job(job.pk)
