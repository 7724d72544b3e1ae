"""Previews in a streamed answer: kept and told while the lease is ours, and never worth more than the picture."""

import hashlib
import io
from pathlib import Path

import pytest
from django.db import DatabaseError
from PIL import Image
from pytest_django import Settings

from assets.errors import StorageUnavailable
from assets.storage import private_path
from gencraft_media.common.errors import StaleTransition
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.leases import claim
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.previews import PREVIEW, PreviewKeeper, keep_preview
from gencraft_media.generation.states import AttemptState
from providers.types import Partial
from tests.generation.tenants import Tenant


def content(colour: str = "red") -> bytes:
    """A small picture file."""
    into = io.BytesIO()
    Image.new("RGB", (32, 32), colour).save(into, "PNG")
    return into.getvalue()


def claimed(alice: Tenant) -> GenerationAttempt:
    """An attempt that this process has."""
    job = alice.start("sim/priced")
    attempt = claim(job.attempts.get().pk, frozenset({AttemptState.PLANNED}))
    assert attempt is not None
    return attempt


def told(attempt: GenerationAttempt) -> list[DomainEvent]:
    """What the job's story says of previews."""
    return list(DomainEvent.objects.filter(subject_id=attempt.job_id, type=PREVIEW).order_by("number"))


def test_a_preview_is_kept_privately_and_told_of(alice: Tenant, settings: Settings) -> None:
    attempt = claimed(alice)
    keep_preview(attempt, Partial(0, content("red")))
    keep_preview(attempt, Partial(1, content("blue")))
    first, second = told(attempt)
    assert [event.payload["number"] for event in (first, second)] == [0, 1]
    assert first.payload["itemId"] == str(attempt.items.get().pk)
    with private_path(second.payload["key"]) as path:
        assert path.read_bytes() == content("blue")
    public = Path(settings.MEDIA_STORAGE_DIR)
    assert not [path for path in public.rglob("*") if path.is_file()]
    job = GenerationJob.objects.get(pk=attempt.job_id)
    assert job.event_count == DomainEvent.objects.filter(subject_id=job.pk).count() == second.number


def test_the_key_says_where_the_sweep_finds_it_and_which_bytes_it_names(alice: Tenant) -> None:
    attempt = claimed(alice)
    keep_preview(attempt, Partial(0, content()))
    [event] = told(attempt)
    digest = hashlib.sha256(content()).hexdigest()[:16]
    assert event.payload["key"] == f"originals/{attempt.job_id}/{attempt.pk}/preview-0-{digest}.png"


def test_the_same_preview_again_is_stored_once(alice: Tenant) -> None:
    attempt = claimed(alice)
    for _ in range(2):
        keep_preview(attempt, Partial(0, content()))
    assert len({event.payload["key"] for event in told(attempt)}) == 1


def test_a_worker_that_lost_its_lease_tells_nothing(alice: Tenant) -> None:
    attempt = claimed(alice)
    GenerationAttempt.objects.filter(pk=attempt.pk).update(fence=attempt.fence + 1)
    with pytest.raises(StaleTransition):
        keep_preview(attempt, Partial(0, content()))
    assert told(attempt) == []


@pytest.mark.parametrize("trouble", [OSError("disk full"), StorageUnavailable(), DatabaseError("gone")], ids=repr)
def test_a_preview_that_cannot_be_kept_never_costs_the_picture(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    attempt = claimed(alice)
    keep = PreviewKeeper(attempt)
    keep(Partial(0, content("red")))
    tries = []

    def refuse(*given: object, **named: object) -> None:
        tries.append(given)
        raise trouble

    monkeypatch.setattr("gencraft_media.generation.previews.store_file", refuse)
    monkeypatch.setattr("gencraft_media.generation.previews.connection.close", lambda: None)
    keep(Partial(1, content("blue")))
    keep(Partial(2, content("green")))
    assert len(tries) == 1
    assert [event.payload["number"] for event in told(attempt)] == [0]


def test_a_lost_lease_is_still_told_to_who_reads_the_answer(alice: Tenant) -> None:
    attempt = claimed(alice)
    GenerationAttempt.objects.filter(pk=attempt.pk).update(fence=attempt.fence + 1)
    with pytest.raises(StaleTransition):
        PreviewKeeper(attempt)(Partial(0, content()))
