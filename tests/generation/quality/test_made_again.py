"""An output that is not good enough is made once more with another seed, then fails uncharged."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from assets.models import MediaAsset
from billing.models import MediaUsage, ProviderCost
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation import quality
from gencraft_media.generation.hooks.quality import Judged
from gencraft_media.generation.models import GenerationAttempt, GenerationJob, QualitySettings
from gencraft_media.generation.states import AttemptState
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.quality.deliveries import BLANK, blurred, codes_of, deliver, picture, set_quality
from tests.generation.submissions import submissions
from tests.generation.tenants import Tenant, captured
from tests.generation.trouble import WorkerKilled, die, expire_leases

MODEL = "sim/priced"


def test_a_blank_picture_is_made_once_more_with_another_seed(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, BLANK, picture(1))
    job = drive(alice.start(MODEL, seed=7))
    document = alice.show(job)
    [item] = document["items"]
    assert (document["status"], item["qualityRetries"], item["seed"]) == ("completed", 1, 8)
    assert item["result"]["metadata"]["generationParams"]["seed"] == 8
    # The client pays for the one that is good, the books know of both.
    assert (job.credits_charged, captured(job), MediaUsage.objects.count()) == (4, 4, 1)
    assert list(ProviderCost.objects.values_list("certainty", "amount")) == [("confirmed", Decimal("0.04"))] * 2
    assert list(job.attempts.order_by("number").values_list("state", "tries")) == [("settled", 1), ("settled", 2)]


def test_the_other_try_is_told_as_an_inner_event(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, BLANK, picture(1))
    job = drive(alice.start(MODEL, seed=7))
    events = DomainEvent.objects.filter(subject_id=job.pk).order_by("number")
    types = [event.type for event in events]
    assert types.index("item.retried") < types.index("item.completed")
    told = events.get(type="item.retried").payload
    assert (told["index"], told["code"], told["seed"], told["retries"]) == (0, "output_blank", 8, 1)


def test_one_that_is_no_better_then_fails_uncharged(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, blurred(1), blurred(2))
    job = drive(alice.start(MODEL))
    document = alice.show(job)
    assert (document["status"], codes_of(document)) == ("failed", ["quality_too_low"])
    assert "blur" in document["error"]["message"]
    assert (job.credits_charged, captured(job), alice.account.available) == (0, 0, 1000)
    assert (ProviderCost.objects.count(), MediaAsset.objects.count(), len(submissions())) == (2, 0, 2)


@pytest.mark.parametrize("retries", [0, 2])
def test_the_settings_say_how_often(alice: Tenant, monkeypatch: pytest.MonkeyPatch, retries: int) -> None:
    set_quality(retries=retries)
    deliver(monkeypatch, BLANK)
    job = drive(alice.start(MODEL))
    assert alice.show(job)["items"][0]["qualityRetries"] == retries
    assert len(submissions()) == 1 + retries


def test_the_settings_take_no_more_remakes_than_a_model_has_tries() -> None:
    field = QualitySettings._meta.get_field("retries")
    assert field.clean(2, None) == 2
    with pytest.raises(ValidationError):
        field.clean(3, None)


def test_no_settings_reach_beyond_the_three_tries_of_a_model(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    set_quality(retries=3)
    deliver(monkeypatch, BLANK)
    drive(alice.start(MODEL))
    assert len(submissions()) == 3


def test_below_a_threshold_of_zero_there_is_nothing(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    set_quality(scope=f"project:{alice.project.pk}", threshold=Decimal(0))
    deliver(monkeypatch, blurred())
    metadata = alice.show(drive(alice.start(MODEL)))["result"]["metadata"]
    assert metadata["quality"]["score"] < 0.35
    assert metadata["quality"]["score"] == metadata["quality"]["parts"]["blur"]


def test_a_high_threshold_refuses_what_is_a_little_soft(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    set_quality(threshold=Decimal("1"), retries=0)
    monkeypatch.setattr(quality, "judged_by_hook", lambda facts, **more: Judged(Decimal("0.999")))
    deliver(monkeypatch, picture(1))
    assert codes_of(alice.show(drive(alice.start(MODEL)))) == ["quality_too_low"]


def test_what_was_measured_is_stored_with_the_asset(alice: Tenant) -> None:
    job = drive(alice.start(MODEL))
    asset = MediaAsset.objects.get(job_id=job.pk)
    assert set(asset.quality) == {"size", "uniformity", "placeholder", "blur"}
    assert asset.quality_score == Decimal(str(min(asset.quality.values())))
    assert len(asset.perceptual_hash) == 16
    shown = alice.client.get(f"/api/media/assets/{asset.pk}").json()["quality"]
    assert shown == {"score": float(asset.quality_score), "parts": asset.quality}


@pytest.mark.parametrize("prompt", ["A soft gradient for a hero section", "Hills in thick fog", "Bokeh at night"])
def test_who_asks_for_a_soft_picture_gets_one(alice: Tenant, monkeypatch: pytest.MonkeyPatch, prompt: str) -> None:
    deliver(monkeypatch, blurred())
    metadata = alice.show(drive(alice.start(MODEL, prompt=prompt)))["result"]["metadata"]
    assert "blur" not in metadata["quality"]["parts"]


def test_a_job_that_is_to_stop_makes_nothing_again(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, BLANK)
    job = alice.start(MODEL)
    drive_attempt(job, AttemptState.LANDED)
    alice.cancel(job)
    job = drive(job)
    assert (job.status, len(submissions()), job.attempts.count(), job.credits_charged) == ("canceled", 1, 1, 0)


def test_nothing_is_made_again_after_the_deadline(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(monkeypatch, BLANK)
    job = alice.start(MODEL)
    drive_attempt(job, AttemptState.LANDED)
    GenerationJob.objects.filter(pk=job.pk).update(deadline_at=job.created_at)
    job = drive(job)
    assert (codes_of(alice.show(job)), job.attempts.count()) == (["output_blank"], 1)


def test_a_hook_may_refuse_and_may_accept(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def hook(facts: Any, *, score: Decimal, threshold: Decimal) -> Judged:
        asked.append(facts)
        return Judged(Decimal("0.2"), accepted=len(asked) > 1)

    monkeypatch.setattr(quality, "judged_by_hook", hook)
    document = alice.show(drive(alice.start(MODEL)))
    assert (document["status"], document["items"][0]["qualityRetries"], len(asked)) == ("completed", 1, 2)
    assert document["result"]["metadata"]["quality"]["score"] == 0.2
    assert set(asked[0]) == {"provider", "model", "operation", "width", "height", "index", "parts"}


@pytest.mark.parametrize("point", ["remaking.before_commit", "failing.before_commit"])
def test_a_worker_that_dies_on_the_way_plans_one_more_try_and_no_two(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    deliver(monkeypatch, BLANK, picture(1))
    job = alice.start(MODEL)
    drive_attempt(job, AttemptState.LANDED)
    module = "quality" if point.startswith("remaking") else "finishing"
    with monkeypatch.context() as patch, pytest.raises(WorkerKilled):
        where = f"gencraft_media.generation.{module}.crashpoint"
        patch.setattr(where, lambda name: die() if name == point else None)
        drive(job, each_round=lambda found: one_round())
    assert GenerationAttempt.objects.filter(job=job).count() == 1
    expire_leases(job)
    job = drive(job)
    assert (job.status, job.attempts.count(), job.credits_charged) == ("completed", 2, 4)
