"""Many jobs at once, and how far they have come."""

import itertools
import uuid

from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, assert_ended_once, stray_objects
from tests.running_engine import RunningEngine

# Whatever dies while such a job runs, it can be finished: their provider takes a key with each submission.
MODELS = ("priced", "slow", "synchronous", "dropped-idempotent", "standard", "priced")
# What every job tells at the least: queued, processing, its item's end and its own.
EVENTS_OF_A_JOB = 4


def start_jobs(alice: Tenant, count: int) -> list[uuid.UUID]:
    """Jobs of several models, all accepted."""
    models = itertools.islice(itertools.cycle(MODELS), count)
    return [alice.start(f"sim/{model}", seed=number).pk for number, model in enumerate(models)]


def ended_jobs() -> int:
    """How many jobs are terminal."""
    return GenerationJob.objects.filter(status__in=TERMINAL[JobStatus]).count()


def told_events() -> int:
    """How many events all jobs have told: the clock of these tests."""
    return DomainEvent.objects.filter(subject_kind="job").count()


def assert_all_ended_once(engine: RunningEngine, jobs: list[uuid.UUID]) -> None:
    """Every job delivered, was paid for and was charged once, and nothing is left over."""
    for job_id in jobs:
        assert_ended_once(engine, job_id, paid=1)
    assert stray_objects(engine) == set()
    assert_books_are_right()
