"""worker-io is killed while a paid call hangs at each vendor: those jobs end uncharged, and all others complete."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django.plugin import DjangoDbBlocker

from billing.models import CreditHold, HoldResolution, ProviderCost
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from tests.generation.tenants import Tenant, make_tenant
from tests.proofs import assert_books_are_right, assert_ended_once, has_ended, stray_objects
from tests.running_engine import RunningEngine, running_engine
from tests.vendors.together import KEY, Vendors, vendors_here

pytestmark = pytest.mark.crash
PATIENCE_S = 60.0
PROGRAMS = ("dispatcher", "worker-io", "worker-media")
SQUARE = {"width": 1024, "height": 1024}


@dataclass(frozen=True)
class Hanging:
    """A paid request that its vendor answers only after the worker's death."""

    provider: str
    model: str
    fault: str


HANGING = (
    Hanging("openai", "gpt-image-2.5-sunburst", "slow"),
    Hanging("stability", "sd-3.5-large", "slow"),
    Hanging("stability", "sd-xl-1.0", "slow"),
    Hanging("flux", "flux-3-image-klein", "late-answer"),
)
# Accepted before the death, waiting for a slot during it, or of a provider that can be asked again.
OTHERS = ("sim/priced", "sim/slow", "sim/synchronous", "sim/dropped-idempotent", "sim/dropped-listable")


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    """No answer of a hanging call comes before the test is over. This process admits the jobs, and needs keys, too."""
    with vendors_here(slow_s=3600) as vendors:
        for name, value in vendors.variables().items():
            monkeypatch.setenv(name, value)
        yield vendors


@pytest.fixture
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path, vendors: Vendors
) -> Iterator[RunningEngine]:
    with django_db_blocker.unblock(), running_engine(tmp_path, *PROGRAMS, **vendors.variables()) as engine:
        yield engine


@pytest.fixture
def alice(engine: RunningEngine) -> Tenant:
    return make_tenant()


def start_hanging(alice: Tenant) -> dict[uuid.UUID, Hanging]:
    """The jobs whose paid call does not come back."""
    jobs = {}
    for number, row in enumerate(HANGING):
        prompt = f"Lighthouse {number} [fault:{row.fault}]"
        jobs[alice.start(row.model, provider=row.provider, prompt=prompt, **SQUARE).pk] = row
    return jobs


def start_others(alice: Tenant) -> list[uuid.UUID]:
    """Jobs that a death must not hurt; the first is with its vendor, and is not asked about again while it waits."""
    accepted = alice.start("flux-3-image-klein", provider="flux", prompt="A lamp [fault:slow]", **SQUARE)
    return [accepted.pk, *(alice.start(model).pk for model in OTHERS)]


def assert_lost(alice: Tenant, job_id: uuid.UUID) -> None:
    """Failed, uncharged, nothing held, and an amount for an operator to look at."""
    job = GenerationJob.objects.get(pk=job_id)
    assert (job.status, job.error and job.error["code"], job.credits_charged) == ("failed", "outcome_unknown", 0)
    assert HoldResolution.objects.get(hold__job_id=job_id).captured == 0
    attempt = GenerationAttempt.objects.get(job_id=job_id)
    assert (attempt.state, attempt.submissions, attempt.recovery) == (AttemptState.LOST, 1, "none")
    cost = ProviderCost.objects.get(job_id=job_id)
    assert (cost.certainty, cost.amount, cost.settled_by) == ("suspected", job.quoted_provider_cost, None)


def test_calls_that_hang_at_a_worker_killed_are_lost_and_everything_else_completes(
    engine: RunningEngine, vendors: Vendors, alice: Tenant
) -> None:
    hanging, others = start_hanging(alice), start_others(alice)
    called = GenerationAttempt.objects.filter(job_id__in=hanging, state=AttemptState.SUBMITTING)
    accepted = GenerationAttempt.objects.filter(job_id=others[0], state=AttemptState.ACCEPTED)
    prompts = [(row.provider, f"Lighthouse {number} ") for number, row in enumerate(HANGING)]
    engine.wait_until(
        lambda: (
            called.count() == len(hanging) and accepted.exists() and all(vendors.paid_requests(*one) for one in prompts)
        ),
        timeout_s=PATIENCE_S,
        what="calls at every vendor",
    )
    engine.kill("worker-io")
    late = [alice.start("sim/priced").pk, alice.start("sd-3.5-large", provider="stability", **SQUARE).pk]
    vendors.flux.pass_time(7200)
    every = [*hanging, *others, *late]
    engine.wait_until(lambda: all(map(has_ended, every)), timeout_s=PATIENCE_S, what="the end of all jobs")
    assert engine.deaths == {"worker-io": 1}
    for job_id in hanging:
        assert_lost(alice, job_id)
    for job_id in [*others, *late]:
        assert_ended_once(engine, job_id)
    assert [vendors.paid_requests(*one) for one in prompts] == [1] * len(prompts), "a second paid request"
    assert alice.account.available == 1000 - sum(GenerationJob.objects.values_list("credits_charged", flat=True))
    assert not CreditHold.objects.filter(resolution=None).exists()
    assert vendors.violations() == []
    assert stray_objects(engine) == set()
    assert KEY not in engine.logs()
    assert_books_are_right()
