"""Takes jobs through the engine in this process: the real dispatcher, whose hints are worked on at once."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db.models.functions import Now

from gencraft_media.generation import workflow
from gencraft_media.generation.dispatcher import MEDIA_STATES, PROVIDER_STATES, Lane, dispatch_due
from gencraft_media.generation.leases import LEASE_FREE
from gencraft_media.generation.models import Circuit, GenerationAttempt, GenerationJob
from gencraft_media.generation.states import TERMINAL, AttemptState, JobStatus

SLOTS = 16
# How much of sim's time passes in one round.
ROUND_S = 0.5


class SimClock:
    """What sim takes for the time: it stands still until a test lets it pass."""

    def __init__(self) -> None:
        self.now_s = time.time()

    def time(self) -> float:
        """Seconds since 1970, as `time.time` tells them."""
        return self.now_s

    def advance(self, seconds: float) -> None:
        """Let time pass at sim."""
        self.now_s += seconds


SIM_CLOCK = SimClock()


def lanes_here(slots: int = SLOTS) -> list[Lane]:
    """The engine's two lanes, with hints that are worked on before `publish` returns."""
    return [
        Lane(PROVIDER_STATES, slots, lambda pk: workflow.advance(str(pk), workflow.PROVIDER_STEPS)),
        Lane(MEDIA_STATES, slots, lambda pk: workflow.advance(str(pk), workflow.MEDIA_STEPS)),
    ]


def make_due(**which: Any) -> None:
    """End every wait that the engine has set itself, or only those of the attempts meant.

    Providers that asked for patience have had it, too.
    """
    Circuit.objects.filter(reason="rate").update(retry_at=Now())
    GenerationAttempt.objects.filter(LEASE_FREE, **which).update(next_step_at=Now())


def one_round(lanes: list[Lane] | None = None, *, hurry: bool = True) -> int:
    """One look at each lane; with `hurry`, as if every wait were over. Returns how many hints were worked on."""
    if hurry:
        make_due()
        SIM_CLOCK.advance(ROUND_S)
    return dispatch_due(lanes or lanes_here())


def drive(
    job: GenerationJob | uuid.UUID | str,
    *,
    until: Callable[[GenerationJob], object] | None = None,
    deadline_s: float = 60.0,
    each_round: Callable[[GenerationJob], object] | None = None,
) -> GenerationJob:
    """Work until the job is terminal, or `until` holds for it, and return it as it is then."""
    job_id = job.pk if isinstance(job, GenerationJob) else job
    reached = until or (lambda found: found.status in TERMINAL[JobStatus])
    deadline = time.monotonic() + deadline_s
    while True:
        found = GenerationJob.objects.get(pk=job_id)
        if each_round is not None:
            each_round(found)
        if reached(found):
            return found
        if time.monotonic() > deadline:
            states = list(found.attempts.values_list("state", flat=True))
            raise TimeoutError(f"job {job_id} is {found.status} after {deadline_s} s, its attempts {states}")
        one_round()


def drive_attempt(job: GenerationJob | uuid.UUID | str, *states: AttemptState) -> GenerationAttempt:
    """Work until the job's newest attempt is in one of `states`, and return that attempt."""

    def newest(found: GenerationJob) -> GenerationAttempt:
        return found.attempts.select_related("job", "account").order_by("-number")[0]

    return newest(drive(job, until=lambda found: newest(found).state in states))
