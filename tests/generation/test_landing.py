"""Originals land once more when a worker dies between storing and committing them, whatever bytes come then."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assets.models import MediaAsset
from gencraft_media.generation import landing
from gencraft_media.generation.calls import transport
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.tenants import Tenant
from tests.generation.trouble import WorkerKilled, die, expire_leases


def test_other_bytes_than_those_a_dead_worker_stored_are_delivered(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = alice.start("sim/slow")
    drive_attempt(job, AttemptState.ACCEPTED)
    with monkeypatch.context() as patch, pytest.raises(WorkerKilled):
        patch.setattr(landing, "crashpoint", lambda name: die() if name == "landing.after_store" else None)
        drive(job, each_round=lambda found: one_round())
    expire_leases(job)
    fetch_output = transport().fetch_output

    def fetch_encoded_anew(adapter: Any, output: Any, sink: Path, **more: Any) -> tuple[str, int]:
        fetch_output(adapter, output, sink, **more)
        with Image.open(sink) as picture:
            picture.save(sink, "PNG", compress_level=9)
        return hashlib.sha256(sink.read_bytes()).hexdigest(), sink.stat().st_size

    monkeypatch.setattr(transport(), "fetch_output", fetch_encoded_anew)
    job = drive(job)
    assert (job.status, job.credits_charged) == ("completed", 4)
    asset = MediaAsset.objects.get(job_id=job.pk)
    served = job.attempts.get().served.get()
    assert asset.original_key == served.original_key
    assert f"-{served.original_sha256[:16]}." in served.original_key
