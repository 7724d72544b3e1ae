"""A request becomes a picture in S3, once, also when S3 goes away in the middle of it."""

import hashlib
import itertools
import random
from typing import Any

import pytest
from django.test import Client

from assets import object_store
from assets.models import MediaAsset
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.tenants import Tenant
from tests.services.s3 import Buckets

pytestmark = pytest.mark.services


def assert_stored_once(s3: Buckets, job: GenerationJob, client: Client) -> None:
    """Each delivered item has its three objects, whole, and there are no others."""
    assert (job.status, job.delivered_count) == ("completed", job.batch_size)
    assets = list(MediaAsset.objects.filter(job_id=job.pk))
    assert set(s3.keys(private=False)) == {key for asset in assets for key in (asset.s3_key, asset.thumbnail_key)}
    assert set(s3.keys(private=True)) == {asset.original_key for asset in assets}
    for asset in assets:
        content = s3.read(asset.s3_key, private=False)
        assert hashlib.sha256(content).hexdigest() == asset.sha256
        assert len(s3.read(asset.original_key, private=True)) == asset.original_size
        assert (asset.storage_backend, asset.s3_bucket) == ("s3", s3.pictures.bucket_name)
        assert client.get(f"/{asset.s3_key}").content == content


def test_a_request_becomes_a_picture_in_s3_and_its_original_stays_private(
    alice: Tenant, s3: Buckets, client: Client
) -> None:
    job = drive(alice.start())
    assert_stored_once(s3, job, client)
    assert job.credits_charged == 4
    (asset,) = MediaAsset.objects.all()
    assert client.get(f"/{asset.original_key}").status_code == 404


def test_a_batch_has_all_of_its_pictures(alice: Tenant, s3: Buckets, client: Client) -> None:
    assert_stored_once(s3, drive(alice.start(batchSize=4)), client)


@pytest.mark.parametrize("state", [AttemptState.ACCEPTED, AttemptState.LANDED])
def test_a_storage_that_goes_away_in_the_middle_is_waited_for(
    alice: Tenant, s3: Buckets, client: Client, state: AttemptState
) -> None:
    attempt = drive_attempt(alice.start(), state)
    s3.door.shut()
    tried = itertools.count()
    drive(attempt.job, until=lambda job: next(tried) == 12)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.claims) == (state, 0), "no try counts against the picture"
    assert GenerationJob.objects.get(pk=attempt.job_id).status == "processing"
    s3.door.reopen()
    job = drive(attempt.job)
    assert_stored_once(s3, job, client)
    assert job.credits_charged == 4


def test_a_picture_that_came_with_the_answer_outlives_a_storage_that_is_away_for_a_moment(
    alice: Tenant, s3: Buckets, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "PATIENCE_S", 30.0)
    s3.door.fail("PUT", "refused", status=503, code="SlowDown", times=4)
    job = drive(alice.start("sim/synchronous"))
    assert_stored_once(s3, job, client)
    assert job.attempts.count() == 1


def test_an_original_that_is_gone_fails_its_picture_and_costs_nothing(alice: Tenant, s3: Buckets) -> None:
    attempt = drive_attempt(alice.start(), AttemptState.LANDED)
    (key,) = s3.keys(private=True)
    s3.originals.client.delete_object(Bucket=s3.originals.bucket_name, Key=key)
    one_round()
    job = drive(attempt.job)
    assert (job.status, job.credits_charged) == ("failed", 0)
    assert job.error is not None and job.error["code"] == "stored_object_missing"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_s3_does_on_the_way_each_picture_is_stored_and_charged_once(
    alice: Tenant, s3: Buckets, client: Client, seed: int
) -> None:
    chance = random.Random(seed)
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("PUT", {"kind": "lost-answer"}),
        ("PUT", {"kind": "lost"}),
        ("PUT", {"kind": "refused", "status": 503, "code": "SlowDown"}),
        ("PUT", {"kind": "refused", "status": 409, "code": "ConditionalRequestConflict"}),
        ("PUT", {"kind": "refused", "status": 403, "code": "AccessDenied"}),
        ("GET", {"kind": "cut"}),
        ("GET", {"kind": "lost"}),
        ("HEAD", {"kind": "refused", "status": 500, "code": "InternalError"}),
    ]
    for method, how in chance.choices(kinds, k=16):
        s3.door.fail(method, times=1, **how)
    job = drive(alice.start(batchSize=2))
    s3.door.reset()
    assert_stored_once(s3, job, client)
    assert job.credits_charged == 8
