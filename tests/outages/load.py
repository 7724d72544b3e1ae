"""Jobs at a steady pace, and what became of them."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from tests.generation.tenants import Tenant
from tests.running_engine import RunningEngine

SMALL = {"width": 256, "height": 256}


@dataclass
class Load:
    """One job each `every_s` seconds, as long as `until` says nothing else."""

    engine: RunningEngine
    alice: Tenant
    every_s: float
    jobs: list[uuid.UUID] = field(default_factory=list)

    def run(self, until: Callable[[], object], *, timeout_s: float, what: str) -> None:
        """Ask for pictures until the condition holds, looking at it before each."""
        deadline = time.monotonic() + timeout_s
        pause, due = threading.Event(), time.monotonic()
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} was not seen within {timeout_s} s\n{self.engine.last_words()}")
            self.engine.revive()
            number = len(self.jobs)
            fields = {"provider": "auto", "strategy": "cheapest", "prompt": f"Lamp {number}", "seed": number, **SMALL}
            self.jobs.append(self.alice.start(None, **fields).pk)
            due += self.every_s
            pause.wait(max(due - time.monotonic(), 0.0))

    def run_for(self, seconds: float) -> None:
        """Ask for pictures for so long."""
        end = time.monotonic() + seconds
        self.run(lambda: time.monotonic() > end, timeout_s=seconds + 60, what="the end of a span")

    def wait_for_all(self, timeout_s: float) -> None:
        """Return when every job has ended."""
        self.engine.wait_until(
            lambda: GenerationJob.objects.filter(status__in=TERMINAL[JobStatus]).count() == len(self.jobs),
            timeout_s=timeout_s,
            what="the end of all jobs",
        )


def now() -> datetime:
    """Of this machine, whose database it is, too."""
    return datetime.now(UTC)


def sent_to(provider: str, since: datetime, until: datetime) -> int:
    """How many calls went out to a provider in a span."""
    return GenerationAttempt.objects.filter(provider=provider, submitted_at__gte=since, submitted_at__lt=until).count()


def seconds_of(jobs: Sequence[uuid.UUID]) -> list[float]:
    """How long each of the jobs took, from its acceptance to its end, in their order."""
    rows = GenerationJob.objects.in_bulk(list(jobs))
    return [
        (ended - rows[pk].created_at).total_seconds()  # type: ignore[operator]
        for pk in jobs
        if (ended := rows[pk].completed_at) is not None
    ]


def began_between(since: datetime, until: datetime) -> list[uuid.UUID]:
    """The jobs that were asked for in a span."""
    found = GenerationJob.objects.filter(created_at__gte=since, created_at__lt=until).order_by("created_at")
    return list(found.values_list("pk", flat=True))
