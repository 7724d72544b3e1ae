"""Large batches on a whole engine: all end, none waits for the other, and memory stays where it was."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from tests.batches.conftest import LARGEST_BATCH
from tests.generation.tenants import Tenant, make_tenant
from tests.proofs import assert_books_are_right, assert_ended_once
from tests.running_engine import RunningEngine

SIDE = {"width": 512, "height": 512}
# Of one process of the workers; pictures are worked on in children that are bounded one by one.
MOST_MIB = 256
# Of equal batches that began together, the first one ends when the last one is so far, at least.
FAIR = 0.6


def ask(engine: RunningEngine, tenant: Tenant, model: str, count: int, **more: Any) -> uuid.UUID:
    """The id of an accepted job of so many pictures."""
    body = {"provider": "sim", "model": model, "operation": "text-to-image", "prompt": "Dunes", **SIDE, **more}
    answer = requests.post(
        f"{engine.url}/api/media/generate",
        json={**body, "batchSize": count},
        headers={"Authorization": f"Bearer {tenant.token}"},
        timeout=30,
    )
    assert answer.status_code == 202, answer.text
    return uuid.UUID(answer.json()["id"])


def delivered(*job_ids: uuid.UUID) -> int:
    """How many pictures of these jobs have arrived."""
    return sum(GenerationJob.objects.filter(pk__in=job_ids).values_list("delivered_count", flat=True))


def have_ended(job_ids: Sequence[uuid.UUID]) -> bool:
    """Whether all of them have."""
    return not GenerationJob.objects.filter(pk__in=job_ids).exclude(status__in=TERMINAL[JobStatus]).exists()


def durations_s(job_ids: Sequence[uuid.UUID]) -> list[float]:
    """How long each job took."""
    rows = GenerationJob.objects.filter(pk__in=job_ids).values_list("created_at", "completed_at")
    return [(completed - created).total_seconds() for created, completed in rows if created and completed]


def peak_mib(engine: RunningEngine) -> dict[str, int]:
    """The most memory that each process of the workers has ever had."""
    peaks = {}
    for name in ("worker-io", "worker-media"):
        for pid in _family(engine.processes[name].pid):
            status = Path(f"/proc/{pid}/status")
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
            if "VmHWM" in lines:
                peaks[f"{name} {pid}"] = int(lines["VmHWM"].split()[0]) // 1024
    return peaks


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


@pytest.mark.parametrize("batches", [4, pytest.param(20, marks=pytest.mark.soak)])
def test_batches_of_fifty_all_end_fairly_and_in_bounded_memory(engine: RunningEngine, batches: int) -> None:
    tenants = [make_tenant(f"owner-{number}") for number in range(batches)]
    # The last one's provider refuses three of eight pictures.
    models = ["sim/standard"] * (batches - 1) + ["sim/flaky"]
    jobs = [ask(engine, tenant, model, 50, seed=0) for tenant, model in zip(tenants, models, strict=True)]
    engine.wait_until(lambda: delivered(*jobs) >= 10, timeout_s=60, what="the first pictures")
    single, before = ask(engine, make_tenant("late"), "sim/standard", 1), delivered(*jobs)
    left = 50 * batches - before
    engine.wait_until(lambda: have_ended([single]), timeout_s=120, what="the one job beside the batches")
    overtaken_by = delivered(*jobs) - before
    engine.wait_until(lambda: have_ended(jobs), timeout_s=60 * batches, what="the batches")
    assert overtaken_by <= left // 2, "the one job waited for most of what was asked before it"
    *whole, partial = jobs
    for job in whole:
        assert_ended_once(engine, job, delivered=50)
    # Of seeds 0 to 49 those with remainders 1, 4 and 6 by eight are refused, and not paid for.
    assert_ended_once(engine, partial, delivered=31)
    times = durations_s(whole)
    assert min(times) / max(times) >= FAIR, times
    assert max(peak_mib(engine).values()) <= MOST_MIB, peak_mib(engine)
    assert_books_are_right()
    assert engine.deaths == {}


def test_a_job_may_be_as_large_as_the_operator_allows(engine: RunningEngine) -> None:
    tenant = make_tenant("large")
    job = ask(engine, tenant, "sim/standard", LARGEST_BATCH, width=64, height=64)
    engine.wait_until(lambda: have_ended([job]), timeout_s=120, what="the job of sixty")
    assert_ended_once(engine, job, delivered=LARGEST_BATCH, paid=LARGEST_BATCH // 4)
    answer = tenant.ask("sim/standard", batchSize=LARGEST_BATCH)
    # This process has the usual limit.
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "batchSize")
