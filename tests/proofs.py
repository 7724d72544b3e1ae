"""What must be true of a job however often its processes died: one end, one charge, one paid POST, no asset twice."""

import hashlib
import uuid
from collections import Counter

from assets.models import MediaAsset
from billing.models import CreditHold, HoldResolution, LedgerEntry, MediaUsage, ProviderCost
from billing.money import credits_for
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.auditor import audit_engine
from gencraft_media.generation.models import GenerationItem, GenerationJob
from gencraft_media.generation.states import TERMINAL, AttemptState, ItemStatus, JobStatus
from tests.running_engine import RunningEngine


def has_ended(job_id: uuid.UUID) -> bool:
    """Whether the job is terminal."""
    return GenerationJob.objects.filter(pk=job_id, status__in=TERMINAL[JobStatus]).exists()


def assert_books_are_right() -> None:
    """The auditor finds nothing."""
    assert audit_engine() == []


def assert_ended_once(
    engine: RunningEngine, job_id: uuid.UUID, *, status: str = "completed", delivered: int = 1, paid: int | None = None
) -> GenerationJob:
    """The job ended so, with so many assets, each charged once; `paid` counts the jobs the provider took for it."""
    job = GenerationJob.objects.get(pk=job_id)
    assert (job.status, job.delivered_count, job.error) == (
        status,
        delivered,
        None if status == "completed" else job.error,
    )
    assert status == "completed" or job.error
    _assert_charged_once(job)
    _assert_assets(engine, job)
    _assert_paid_once(engine, job, paid)
    _assert_story(job)
    return job


def _assert_charged_once(job: GenerationJob) -> None:
    hold = CreditHold.objects.get(job_id=job.pk)
    captured = HoldResolution.objects.get(hold=hold).captured
    owed = credits_for(job.quoted_total * job.delivered_count / job.batch_size)
    assert captured == job.credits_charged == owed
    taken = LedgerEntry.objects.filter(hold=hold).values_list("credits", flat=True)
    assert -sum(taken) == owed
    used = MediaUsage.objects.filter(job_id=job.pk).values_list("credits_used", flat=True)
    assert (len(used), sum(used)) == (job.delivered_count, owed)


def _assert_assets(engine: RunningEngine, job: GenerationJob) -> None:
    delivered = GenerationItem.objects.filter(job=job, status=ItemStatus.COMPLETED)
    assets = list(MediaAsset.objects.filter(job_id=job.pk))
    assert sorted(asset.item_id or job.pk for asset in assets) == sorted(item.pk for item in delivered)
    assert {item.asset_id for item in delivered} == {asset.pk for asset in assets}
    for asset in assets:
        stored = (engine.folder / "media" / asset.s3_key).read_bytes()
        assert hashlib.sha256(stored).hexdigest() == asset.sha256
        assert (engine.folder / "media" / asset.thumbnail_key).stat().st_size
        assert (engine.folder / "private" / asset.original_key).stat().st_size == asset.original_size


def _assert_paid_once(engine: RunningEngine, job: GenerationJob, paid: int | None) -> None:
    attempts = {attempt.pk: attempt for attempt in job.attempts.all()}
    assert not [one for one in attempts.values() if one.state not in TERMINAL[AttemptState] or one.lease_owner]
    submissions = Counter(engine.submissions(set(attempts)))
    assert set(submissions.values()) <= {1}, "a second paid POST"
    if paid is not None:
        assert submissions.total() == paid
    costs = dict(ProviderCost.objects.filter(job_id=job.pk).values_list("attempt_id", "certainty"))
    # Whatever the provider took stands in the books; what it may have taken stands there as suspected.
    assert set(map(uuid.UUID, submissions)) <= set(costs)
    expected = {
        pk: "suspected" if one.state == AttemptState.LOST else "confirmed"
        for pk, one in attempts.items()
        if one.state in (AttemptState.LOST, AttemptState.SETTLED)
    }
    assert {pk: certainty for pk, certainty in costs.items() if pk in expected} == expected


def _assert_story(job: GenerationJob) -> None:
    events = DomainEvent.objects.filter(subject_id=job.pk).order_by("number")
    assert [event.number for event in events] == list(range(1, job.event_count + 1))
    ends = [event.type for event in events if event.type in {f"job.{end}" for end in TERMINAL[JobStatus]}]
    assert ends == [f"job.{job.status}"]


def stray_objects(engine: RunningEngine) -> set[str]:
    """Public objects that no asset speaks of."""
    known = {key for keys in MediaAsset.objects.values_list("s3_key", "thumbnail_key") for key in keys}
    root = engine.folder / "media"
    return {str(path.relative_to(root)) for path in root.rglob("*.webp")} - known
