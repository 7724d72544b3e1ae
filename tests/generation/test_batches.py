"""A batch is one job of many items; what fails is not charged, and what arrives keeps the quoted discount."""

from decimal import Decimal

import pytest
from django.db.models import Sum

from billing.models import MediaUsage, ProviderCost
from gencraft_media.generation.models import GenerationAttempt
from tests.generation.driving import drive
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant, captured


def test_of_eight_pictures_of_which_three_fail_five_are_delivered_and_charged(alice: Tenant) -> None:
    job = drive(alice.start("sim/flaky", batchSize=8, seed=0))
    document = alice.show(job)
    statuses = [item["status"] for item in document["items"]]
    assert statuses == ["completed", "failed", "completed", "completed", "failed", "completed", "failed", "completed"]
    assert {item["error"]["code"] for item in document["items"] if item["error"]} == {"provider_rejected"}
    assert (document["status"], document["progress"], document["error"]) == ("completed", 100, None)
    # 8 × $0.04 less 25 % is $0.24, or three cents a picture; five of them are 15 credits of the 24 held.
    assert (document["cost"]["quoted"], document["cost"]["creditsQuoted"]) == (0.24, 24)
    assert (document["cost"]["creditsCharged"], captured(job), alice.account.available) == (15, 15, 985)
    used = MediaUsage.objects.aggregate(credits=Sum("credits_used"), cost=Sum("cost"))
    assert used == {"credits": 15, "cost": Decimal("0.15")}


@pytest.mark.parametrize("failing", ["first", "last"])
def test_what_is_left_of_an_odd_price_is_charged_whoever_fails(alice: Tenant, failing: str) -> None:
    # Three at $0.036 each; seeds 1, 4 and 6 of eight fail.
    job = drive(alice.start("sim/flaky", batchSize=3, seed=1 if failing == "first" else 2))
    assert job.delivered_count == 2
    assert job.credits_charged == 8  # ceil(2 × 3.6), where two alone would have cost ceil(2 × 3.8)
    assert MediaUsage.objects.aggregate(total=Sum("credits_used"))["total"] == 8


def test_a_batch_takes_as_few_calls_as_the_model_allows(alice: Tenant) -> None:
    drive(alice.start("sim/standard", batchSize=6))
    assert [line["count"] for line in submissions()] == [4, 2]
    drive(alice.start("sim/priced", batchSize=3))
    assert [line["count"] for line in submissions()[2:]] == [1, 1, 1]


def test_the_pictures_of_a_batch_differ_and_count_up_from_the_seed(alice: Tenant) -> None:
    document = alice.show(drive(alice.start("sim/standard", batchSize=6, seed=100)))
    assert [item["seed"] for item in document["items"]] == [100, 101, 102, 103, 104, 105]
    pictures = {item["result"]["metadata"]["sha256"] for item in document["items"]}
    assert len(pictures) == 6
    assert [item["result"]["metadata"]["generationParams"]["seed"] for item in document["items"]] == list(
        range(100, 106)
    )


def test_seeds_wrap_at_the_end_of_their_range(alice: Tenant) -> None:
    document = alice.ask("sim/standard", batchSize=3, seed=2**32 - 2).json()
    assert [item["seed"] for item in document["items"]] == [2**32 - 2, 2**32 - 1, 0]


def test_one_refused_call_of_several_fails_its_own_items_only(alice: Tenant) -> None:
    job = alice.start("sim/standard", batchSize=8)
    first = GenerationAttempt.objects.filter(job=job).order_by("number")[0]
    GenerationAttempt.objects.filter(pk=first.pk).update(model="sim/moderated")
    document = alice.show(drive(job))
    assert [item["status"] for item in document["items"]] == ["failed"] * 4 + ["completed"] * 4
    assert document["status"] == "completed"
    assert document["result"]["assetId"] == document["items"][4]["result"]["assetId"]


def test_a_retried_call_serves_all_its_items_again(alice: Tenant) -> None:
    job = drive(alice.start("sim/rate-limited", batchSize=4))
    assert (job.status, job.delivered_count, job.attempts.count()) == ("completed", 4, 3)
    assert [line["count"] for line in submissions()] == [4]


def test_the_books_say_what_each_call_cost_us(alice: Tenant) -> None:
    drive(alice.start("sim/slow", batchSize=6))
    assert sorted(ProviderCost.objects.values_list("amount", flat=True)) == [Decimal("0.08"), Decimal("0.16")]


def test_fifty_pictures_are_one_job(alice: Tenant) -> None:
    # A seed of which no two pictures look alike: with any seed, one may have to be made again.
    job = drive(alice.start("sim/slow", batchSize=50, width=64, height=64, seed=1), deadline_s=120)
    assert (job.status, job.progress, job.delivered_count) == ("completed", 100, 50)
    # $2.00 less a quarter.
    assert (job.credits_charged, captured(job), alice.account.available) == (150, 150, 850)
    assert MediaUsage.objects.aggregate(total=Sum("credits_used"))["total"] == 150
    assert len(submissions()) == 13
