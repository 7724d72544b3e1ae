"""Expired assets go, objects first, whoever is killed on the way; what was charged for them stays in the books."""

from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from assets.models import MediaAsset
from billing.models import HoldResolution, MediaUsage
from gencraft_media.common.models import DomainEvent
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, has_ended, stray_objects
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash
RECOVERY_S = 40.0


@pytest.fixture
def beat(engine: RunningEngine) -> Iterator[None]:
    engine.start("beat")
    yield
    engine.kill("beat")
    del engine.processes["beat"]


@pytest.mark.parametrize("point", ["expiry.objects_removed", "expiry.before_commit", "expiry.committed"])
def test_an_expired_asset_goes_once(engine: RunningEngine, alice: Tenant, beat: None, point: str) -> None:
    job = alice.start()
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the job")
    asset = MediaAsset.objects.get(job_id=job.pk)
    engine.arm(point)
    MediaAsset.objects.filter(pk=asset.pk).update(expires_at=Now())
    gone = MediaAsset.objects.filter(pk=asset.pk)
    engine.wait_until(lambda: not gone.exists(), timeout_s=RECOVERY_S, what="the end of the asset")
    engine.wait_until(lambda: not engine.is_armed(point), timeout_s=5, what=f"a death at {point}")
    assert not (engine.folder / "media" / asset.s3_key).exists()
    assert not (engine.folder / "media" / asset.thumbnail_key).exists()
    assert not (engine.folder / "private" / asset.original_key).exists()
    assert stray_objects(engine) == set()
    assert list(DomainEvent.objects.filter(subject_id=asset.pk).values_list("type", flat=True)) == ["asset.expired"]
    assert MediaUsage.objects.get(job_id=job.pk).credits_used == 4
    assert HoldResolution.objects.get(hold__job_id=job.pk).captured == 4
    assert_books_are_right()
