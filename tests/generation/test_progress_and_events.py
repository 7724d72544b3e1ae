"""A job's story: its progress only rises, and its events are numbered without gaps."""

import itertools

import pytest

from gencraft_media.common.models import DomainEvent
from gencraft_media.generation import finishing, landing, submission
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.stamping import stamp_events
from tests.generation.driving import drive
from tests.generation.faults import FAULTS, Fault
from tests.generation.tenants import Tenant, make_tenant
from tests.generation.trouble import let_long_pass


def story_of(job: GenerationJob) -> list[str]:
    """The types of the job's events, in their order."""
    return list(DomainEvent.objects.filter(subject_id=job.pk).order_by("number").values_list("type", flat=True))


def test_progress_goes_from_ten_over_the_providers_own_to_a_hundred(alice: Tenant) -> None:
    seen: list[int] = []
    job = alice.start("sim/slow")
    drive(job, each_round=lambda found: seen.append(found.progress or 0))
    steps = [progress for progress, _ in itertools.groupby(seen)]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 100)
    between = [step for step in steps if 10 < step < 50]
    assert between, "the provider's own progress is scaled into 10 to 50"


def test_every_stage_of_a_picture_is_reported(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    job = alice.start()
    for module in (submission, landing, finishing):
        monkeypatch.setattr(
            module,
            "crashpoint",
            lambda name: seen.append((name, GenerationJob.objects.get(pk=job.pk).progress or 0)),
        )
    job = drive(job)
    found = dict(seen)
    assert [found["intent.committed"], found["landed.committed"], found["inspect.before"]] == [10, 50, 50]
    assert found["store.after"] in {50, 75, 90}
    assert job.progress == 100
    progress = [percent for _, percent in seen]
    assert progress == sorted(progress)


def test_a_batchs_progress_is_the_mean_of_its_items_and_never_falls(alice: Tenant) -> None:
    seen: list[int] = []
    drive(alice.start("sim/priced", batchSize=5), each_round=lambda found: seen.append(found.progress or 0))
    assert seen == sorted(seen)
    assert seen[-1] == 100


def test_a_failed_job_never_says_a_hundred(alice: Tenant) -> None:
    job = drive(alice.start("sim/not-an-image"))
    assert (job.progress or 0) < 100


def test_a_retried_job_does_not_begin_again(alice: Tenant) -> None:
    seen: list[int] = []
    drive(alice.start("sim/rate-limited"), each_round=lambda found: seen.append(found.progress or 0))
    assert seen == sorted(seen)


def test_the_story_of_a_picture_begins_with_queued_and_ends_with_completed(alice: Tenant) -> None:
    story = [type for type in story_of(drive(alice.start())) if type != "job.progress"]
    assert story == ["job.queued", "job.processing", "item.completed", "job.completed"]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.model for fault in FAULTS])
def test_whatever_happens_events_are_numbered_without_gaps(alice: Tenant, fault: Fault) -> None:
    job = drive(
        alice.start(fault.model, batchSize=fault.batch, seed=1),
        each_round=lambda found: let_long_pass(found, fault.long_ago),
    )
    events = list(DomainEvent.objects.filter(subject_id=job.pk).order_by("number"))
    assert [event.number for event in events] == list(range(1, job.event_count + 1))
    assert events[-1].type == f"job.{job.status}"
    assert events[-1].payload["creditsCharged"] == job.credits_charged
    assert {event.project_id for event in events} == {alice.project.pk}


def test_events_tell_where_results_are_and_nothing_about_our_own_costs(alice: Tenant) -> None:
    job = drive(alice.start())
    completed = DomainEvent.objects.get(type="job.completed")
    assert completed.payload["result"]["cdnUrl"] == (job.result or {})["cdnUrl"]
    text = str([event.payload for event in DomainEvent.objects.all()])
    assert not [word for word in ("provider_cost", "providerCost", "quoted_cost") if word in text]


def test_each_project_numbers_its_events_in_one_order_of_its_own(alice: Tenant) -> None:
    other = make_tenant("bob")
    jobs = [tenant.start() for tenant in (alice, other, alice)]
    stamp_events()
    assert DomainEvent.objects.exclude(project_number=None).count() == 3
    for job in jobs:
        drive(job)
    stamp_events()
    assert not DomainEvent.objects.filter(project_number=None).exists()
    for tenant in (alice, other):
        events = DomainEvent.objects.filter(project_id=tenant.project.pk).order_by("id")
        assert list(events.values_list("project_number", flat=True)) == list(range(1, events.count() + 1))
    before = list(DomainEvent.objects.order_by("id").values())
    stamp_events()
    assert list(DomainEvent.objects.order_by("id").values()) == before
