"""Outputs of a batch that are the same picture are delivered and charged once."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from PIL import Image

from assets.models import MediaAsset
from billing.models import ProviderCost
from gencraft_media.generation import finishing
from gencraft_media.generation.leases import claim
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.planning import served_items
from gencraft_media.generation.policy import quality_policy
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import drive
from tests.generation.quality.deliveries import codes_of, deliver, picture
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant, captured


def brighter(image: Image.Image) -> Image.Image:
    """The same to anybody who looks, though every byte of it is another."""
    return image.point(lambda level: min(255, level + 2))


def test_of_four_identical_pictures_one_is_delivered(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, picture(1))
    job = drive(alice.start("sim/priced", batchSize=4))
    document = alice.show(job)
    assert sorted(codes_of(document)) == ["", *["output_duplicate"] * 3]
    assert (document["status"], job.delivered_count, MediaAsset.objects.count()) == ("completed", 1, 1)
    # A quarter of the quote for four; seven pictures were taken of the provider.
    assert job.credits_charged == captured(job) == 4
    assert (len(submissions()), ProviderCost.objects.count()) == (7, 7)


def test_others_that_come_the_second_time_are_delivered(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    first = picture(1)
    deliver(monkeypatch, first, brighter(first), first, brighter(first), picture(2), picture(3), picture(4))
    job = drive(alice.start("sim/standard", batchSize=4, seed=10))
    document = alice.show(job)
    assert (document["status"], job.delivered_count) == ("completed", 4)
    assert [item["qualityRetries"] for item in document["items"]] == [0, 1, 1, 1]
    assert [item["seed"] for item in document["items"]] == [10, 15, 16, 17]
    # One call for four, then one for each of the three; the first was not disturbed.
    assert [line["count"] for line in submissions()] == [4, 1, 1, 1]
    quoted = GenerationAttempt.objects.filter(job=job).order_by("number").values_list("quoted_cost", flat=True)
    assert list(quoted) == [Decimal(0)] * 4


def test_what_is_made_again_is_quoted_at_the_cost_of_one(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, picture(1), picture(1), picture(2))
    job = alice.start("sim/standard", batchSize=2)
    GenerationAttempt.objects.filter(job=job).update(quoted_cost=Decimal("0.08"))
    drive(job)
    assert job.attempts.get(number=2).quoted_cost == Decimal("0.04")


def test_of_two_that_land_at_once_only_the_first_to_lock_the_job_passes(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(monkeypatch, picture(1))
    job = alice.start("sim/priced", batchSize=2)

    def all_landed(found: GenerationJob) -> bool:
        return not found.attempts.exclude(state=AttemptState.LANDED).exists()

    with monkeypatch.context() as patch:
        # Nobody finishes anything yet.
        patch.setattr("gencraft_media.generation.workflow.MEDIA_STEPS", {})
        drive(job, until=all_landed)
    ends = []
    for pk in job.attempts.order_by("number").values_list("pk", flat=True):
        attempt = claim(pk, frozenset({AttemptState.LANDED}))
        assert attempt is not None
        [row] = served_items(attempt)
        policy = quality_policy(attempt.project_id, None)
        end = finishing._End(attempt, row, policy, outputs=1, last=True)
        ends.append((end, finishing._inspect_and_store(attempt, row, policy)))
    for end, stored in ends:
        finishing._settle(end, stored)
    assert MediaAsset.objects.filter(job_id=job.pk).count() == 1
    job = drive(job)
    assert sorted(codes_of(alice.show(job))) == ["", "output_duplicate"]
    assert list(job.attempts.order_by("number").values_list("tries", flat=True)) == [1, 1, 2]


@pytest.mark.parametrize(("other", "delivered"), [(brighter, 2), (Image.Image.copy, 1)])
def test_variations_may_look_alike_but_not_be_the_same(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, other: Callable[[Image.Image], Image.Image], delivered: int
) -> None:
    asset = MediaAsset.objects.get(job_id=drive(alice.start("sim/standard")).pk)
    deliver(monkeypatch, picture(1), other(picture(1)))
    body = {"provider": "sim", "batchSize": 2}
    answer = alice.client.post(f"/api/media/assets/{asset.pk}/variations", body)
    assert answer.status_code == 202, answer.json()
    assert drive(answer.json()["id"]).delivered_count == delivered


def test_pictures_that_differ_are_all_delivered(alice: Tenant) -> None:
    job = drive(alice.start("sim/standard", batchSize=8))
    assert job.delivered_count == 8
    assert {item["qualityRetries"] for item in alice.show(job)["items"]} == {0}
