"""Who has much to do keeps nobody waiting: slots go to projects in turn, also where they become free one by one."""

import itertools
import uuid
from collections import Counter

import pytest

from gencraft_media.generation.dispatcher import dispatch_due
from gencraft_media.generation.limits import IN_PROVIDER
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import TERMINAL, JobStatus
from gencraft_media.generation.turns import Turns
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


def test_the_turn_of_who_was_served_long_ago_is_forgotten() -> None:
    turns, projects = Turns(), [uuid.uuid4() for _ in range(200)]
    turns.serve(projects)
    turns.serve([projects[-2]])
    places = dict(turns.places())
    assert len(places) == 128
    assert projects[0] not in places
    assert (places[projects[-2]], places[projects[-1]]) == (128, 127)


def _has_ended(job: GenerationJob) -> bool:
    return GenerationJob.objects.filter(pk=job.pk, status__in=TERMINAL[JobStatus]).exists()
