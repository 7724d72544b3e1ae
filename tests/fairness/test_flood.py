"""A hundred jobs of one project beside single ones of ten others, through real processes: none waits for the flood."""

import uuid

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
        known = len(sent_order())
        single = start(engine, other)
        engine.wait_until(
            lambda single=single: single in sent_order(),  # type: ignore[misc]
            timeout_s=60,
            what="the single job's request",
        )
        order = sent_order()
        ahead[other.project.name] = sum(job_id in flood for job_id in order[known : order.index(single)])
    # Whatever had a slot when it came may be followed by one more of each.
    assert max(ahead.values()) <= 2, ahead
    assert len(flood - set(sent_order())) > FLOOD / 3, "the flood went on all the while"
    GenerationJob.objects.filter(pk__in=flood).update(deadline_at="2020-01-01T00:00:00Z")
    engine.wait_until(
        lambda: not GenerationJob.objects.exclude(status__in=TERMINAL[JobStatus]).exists(),
        timeout_s=90,
        what="the end of all jobs",
    )
