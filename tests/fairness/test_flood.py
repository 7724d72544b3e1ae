"""A hundred jobs of one project beside single ones of ten others, through real processes: none waits for the flood."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import requests

from billing.models import UNLIMITED, Plan
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from providers.models import ProviderAccount
from tests.generation.tenants import BODY, Tenant, make_tenant
from tests.running_engine import RunningEngine

FLOOD, OTHERS, SLOTS = 100, 10, 2


def start(engine: RunningEngine, tenant: Tenant) -> uuid.UUID:
    """A job of the running engine."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    body = {**BODY, "model": "sim/priced", "width": 64, "height": 64}
    answer = requests.post(f"{engine.url}/api/media/generate", json=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    return uuid.UUID(answer.json()["id"])


def sent_order() -> list[uuid.UUID]:
    """The jobs whose requests went out, in order."""
    sent = GenerationAttempt.objects.filter(submitted_at__isnull=False).order_by("submitted_at")
    return list(sent.values_list("job_id", flat=True))


def test_single_jobs_beside_a_flood_begin_within_two_slots(engine: RunningEngine) -> None:
    Plan.objects.update(concurrent_jobs=UNLIMITED)
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=SLOTS)
    flooding = make_tenant("flood", credits=5_000)
    others = [make_tenant(f"single-{number}", plan="free") for number in range(OTHERS)]
    flood = {start(engine, flooding) for _ in range(FLOOD)}
    ahead = {}
    for other in others:
        single = start(engine, other)
        engine.wait_until(
            lambda single=single: single in sent_order(),  # type: ignore[misc]
            timeout_s=60,
            what="the single job's request",
        )
        ahead[other.project.name] = sum(job_id in flood for job_id in sent_between_asking_and_sending(single))
    # Whatever had a slot when it came may be followed by one more of each.
    assert max(ahead.values()) <= 2, ahead
    assert len(flood - set(sent_order())) > FLOOD / 3, "the flood went on all the while"
    end_all(engine, flood)


def end_all(engine: RunningEngine, flood: set[uuid.UUID]) -> None:
    """Leave nothing to the next test: what is left of a flood has no time any more."""
    GenerationJob.objects.filter(pk__in=flood).update(deadline_at="2020-01-01T00:00:00Z")
    engine.wait_until(
        lambda: not GenerationJob.objects.exclude(status__in=TERMINAL[JobStatus]).exists(),
        timeout_s=90,
        what="the end of all jobs",
    )


def sent_between_asking_and_sending(job_id: uuid.UUID) -> list[uuid.UUID]:
    """The jobs whose requests went out after this one was accepted and before its own did."""
    own = GenerationAttempt.objects.get(job=job_id)
    sent = GenerationAttempt.objects.filter(submitted_at__gt=own.job.created_at, submitted_at__lt=own.submitted_at)
    return list(sent.values_list("job_id", flat=True))


def test_ten_single_jobs_at_once_beside_a_flood_wait_for_two_slots_and_for_each_other(engine: RunningEngine) -> None:
    Plan.objects.update(concurrent_jobs=UNLIMITED)
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=SLOTS)
    flooding = make_tenant("flood of all", credits=5_000)
    others = [make_tenant(f"one-of-ten-{number}", plan="free") for number in range(OTHERS)]
    with ThreadPoolExecutor(OTHERS + 1) as at_once:
        flood_begins = at_once.submit(lambda: {start(engine, flooding) for _ in range(FLOOD)})
        singles = list(at_once.map(lambda other: start(engine, other), others))
        flood = flood_begins.result()
    unfinished = GenerationJob.objects.filter(pk__in=singles).exclude(status="completed")
    engine.wait_until(lambda: not unfinished.exists(), timeout_s=90, what="the end of the single jobs")
    last_end = GenerationJob.objects.filter(pk__in=singles).latest("completed_at").completed_at
    before = [sent_between_asking_and_sending(single) for single in singles]
    # Two slots as in the test above, and at most every other single.
    assert max(sum(job_id in flood for job_id in sent) for sent in before) <= 2 + OTHERS - 1, before
    assert max(map(len, before)) <= 2 + OTHERS - 1, before
    begun = GenerationAttempt.objects.filter(job__in=flood, submitted_at__lt=last_end).count()
    assert begun < FLOOD / 2, "the flood's rest comes after the singles"
    end_all(engine, flood)
