"""Who has much to do keeps nobody waiting: slots go to projects in turn, also where they become free one by one."""

import itertools
import uuid
from collections import Counter

import pytest

from billing.models import Plan
from gencraft_media.common.clock import from_now
from gencraft_media.generation.dispatcher import MEDIA_STATES, PROVIDER_STATES, Lane, dispatch_due
from gencraft_media.generation.limits import IN_PROVIDER, MINUTE_S
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from providers.models import ProviderAccount
from tests.generation.driving import SIM_CLOCK, drive, lanes_here, make_due
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant, make_tenant

TINY = {"width": 64, "height": 64}


def work() -> None:
    """One round in which what was sent is looked at, and what was not keeps its age."""
    make_due(state__in=IN_PROVIDER)
    SIM_CLOCK.advance(0.5)
    dispatch_due(lanes_here())


def wait_for_submissions(more: int) -> None:
    """Work until so many more requests went out."""
    wanted = len(submissions()) + more
    for _ in itertools.takewhile(lambda _: len(submissions()) < wanted, range(40)):
        work()


def jobs_sent() -> list[uuid.UUID]:
    """The job of each paid request that went out, in order."""
    jobs = dict(GenerationAttempt.objects.values_list("pk", "job_id"))
    return [jobs[uuid.UUID(line["reference"])] for line in submissions()]


@pytest.mark.parametrize("slots", [1, 2])
def test_one_job_beside_a_batch_of_fifty_is_sent_within_two_slots(alice: Tenant, slots: int) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=slots)
    bob = make_tenant("bob")
    alice.start("sim/priced", batchSize=50, **TINY)
    for _ in range(5):
        work()
    before = len(submissions())
    assert 0 < before < 40
    single = bob.start("sim/priced", **TINY)
    for _ in itertools.takewhile(lambda _: not _has_ended(single), range(60)):
        work()
    since = jobs_sent()[before:]
    assert since.index(single.pk) <= 2
    # What went out until it had ended: it waits no more for the others once it was sent.
    assert len(since) <= 2 + 4 * slots


def test_batches_of_several_projects_go_out_in_turn_through_one_slot(alice: Tenant) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=1)
    tenants = [alice, make_tenant("bob"), make_tenant("carol")]
    jobs = [tenant.start("sim/priced", batchSize=5, **TINY) for tenant in tenants]
    for _ in itertools.takewhile(lambda _: len(submissions()) < 12, range(60)):
        work()
    assert Counter(jobs_sent()[:12]) == {job.pk: 4 for job in jobs}
    for job in jobs:
        drive(job)


def test_backlogs_share_one_slot_by_the_weights_of_their_owners_plans(alice: Tenant) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=1)
    plans = {"free": 1, "starter": 2, "pro": 4}
    Plan.objects.update(concurrent_jobs=-1)
    jobs = {plan: make_tenant(plan, plan=plan).start("sim/priced", batchSize=9, **TINY) for plan in plans}
    wait_for_submissions(14)
    sent = Counter(jobs_sent()[:14])
    assert {plan: sent[job.pk] for plan, job in jobs.items()} == {plan: 2 * weight for plan, weight in plans.items()}
    Plan.objects.filter(key="pro").update(weight=1)
    wait_for_submissions(4)
    assert Counter(jobs_sent()[14:])[jobs["pro"].pk] <= 1


def test_pictures_are_finished_in_turn_too(alice: Tenant) -> None:
    bob = make_tenant("bob", plan="free")
    batch, single = alice.start("sim/priced", batchSize=12, **TINY), bob.start("sim/priced", **TINY)
    finished: list[uuid.UUID] = []
    everything = lanes_here()
    for _ in itertools.takewhile(lambda _: _landed() < 13, range(60)):
        make_due(state__in=[*IN_PROVIDER, "planned"])
        SIM_CLOCK.advance(0.5)
        dispatch_due(everything[:1])
    one_slot = Lane(MEDIA_STATES, 1, finished.append)
    for _ in range(3):
        dispatch_due([one_slot])
        GenerationAttempt.objects.filter(hinted_at__isnull=False).update(hinted_at=None)
    jobs = dict(GenerationAttempt.objects.values_list("pk", "job_id"))
    assert single.pk in {jobs[pk] for pk in finished[:2]}
    drive(batch)


def test_what_was_just_hinted_at_has_its_providers_slot(alice: Tenant) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=2)
    alice.start("sim/priced", batchSize=5, **TINY)
    hinted: list[uuid.UUID] = []
    lane = Lane(PROVIDER_STATES, 10, hinted.append)
    assert [dispatch_due([lane]) for _ in range(3)] == [2, 0, 0]


def test_what_the_minute_does_not_allow_is_not_hinted_at(alice: Tenant) -> None:
    ProviderAccount.objects.filter(provider="sim").update(requests_per_minute=3)
    alice.start("sim/priced", batchSize=8, **TINY)
    for _ in range(4):
        work()
    assert len(submissions()) == 3
    lane = Lane(PROVIDER_STATES, 10, lambda pk: None)
    make_due(state="planned")
    assert dispatch_due([lane]) == 0
    GenerationAttempt.objects.exclude(submitted_at=None).update(submitted_at=from_now(-MINUTE_S - 1))
    assert dispatch_due([lane]) == 3


def _landed() -> int:
    return GenerationAttempt.objects.filter(state="landed").count()


def _has_ended(job: GenerationJob) -> bool:
    return GenerationJob.objects.filter(pk=job.pk, status__in=TERMINAL[JobStatus]).exists()
