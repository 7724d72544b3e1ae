"""The whole engine on S3: it goes away and comes back, workers die meanwhile, and each picture is stored once."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from pytest_django.plugin import DjangoDbBlocker

from assets.models import MediaAsset
from gencraft_media.generation.models import GenerationJob
from tests.generation.tenants import BODY, Tenant, make_tenant
from tests.outages.crowds import ended_jobs, start_jobs
from tests.proofs import assert_books_are_right
from tests.running_engine import ENGINE, RunningEngine, running_engine
from tests.services.s3 import SECRET_KEY, Buckets

pytestmark = [pytest.mark.services, pytest.mark.crash]
PATIENCE_S = 150.0
JOBS = 20


def assert_stored_once(s3: Buckets) -> None:
    """Three objects for each asset, whole, and no others."""
    assets = list(MediaAsset.objects.all())
    assert len(s3.keys(private=True)) == len(assets) and len(s3.keys(private=False)) == 2 * len(assets)
    for asset in assets:
        assert hashlib.sha256(s3.read(asset.s3_key, private=False)).hexdigest() == asset.sha256
        assert asset.thumbnail_key in s3.keys(private=False) and asset.original_key in s3.keys(private=True)


def ask_for_one_picture(engine: RunningEngine, alice: Tenant) -> bytes:
    """The bytes at `cdnUrl`, all by HTTP."""
    key = {"Authorization": f"Bearer {alice.token}"}
    body = {**BODY, "model": "sim/standard"}
    accepted = requests.post(f"{engine.url}/api/media/generate", json=body, headers=key, timeout=30)
    assert accepted.status_code == 202, accepted.text
    address = urljoin(engine.url, accepted.headers["Location"])

    def finished() -> Any:
        job = requests.get(address, headers=key, timeout=30).json()
        return job if job["status"] == "completed" else None

    job = engine.wait_until(finished, timeout_s=PATIENCE_S, what="the picture")
    answer = requests.get(job["result"]["cdnUrl"], timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
    return answer.content


def test_an_engine_on_s3_loses_it_and_its_workers_and_stores_each_picture_once(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path: Path, s3: Buckets
) -> None:
    with django_db_blocker.unblock(), running_engine(tmp_path, *ENGINE, **s3.variables) as engine:
        alice = make_tenant()
        assert ask_for_one_picture(engine, alice)[8:12] == b"WEBP"
        start_jobs(alice, JOBS)
        engine.wait_until(lambda: ended_jobs() >= 2, timeout_s=PATIENCE_S, what="the first jobs")
        s3.door.shut()
        engine.wait_until(
            lambda: requests.get(f"{engine.url}/readyz", timeout=20).status_code == 503,
            timeout_s=PATIENCE_S,
            what="an engine that is not ready",
        )
        engine.wait_until(
            lambda: "step interrupted" in engine.logs(), timeout_s=PATIENCE_S, what="a step that could not be done"
        )
        engine.kill("worker-media")
        engine.wait_until(lambda: "worker-media" in engine.deaths, timeout_s=PATIENCE_S, what="a new worker")
        s3.door.reopen()
        engine.wait_until(lambda: ended_jobs() == JOBS + 1, timeout_s=PATIENCE_S, what="the end of all jobs")
        assert list(GenerationJob.objects.exclude(status="completed").values_list("model", "error")) == []
        assert_books_are_right()
        assert_stored_once(s3)
        assert SECRET_KEY not in engine.logs()
        assert not list((tmp_path / "media").rglob("*.webp")), "nothing is kept beside the bucket"
