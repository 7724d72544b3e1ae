"""What the last 30 days would have cost: exact where every job is looked at, and said how it was found."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from billing.accounts import account_of
from billing.models import PricingSettings
from billing.quotes import quote_price
from gencraft_media.accounts.models import Project
from gencraft_media.common.clock import database_now
from gencraft_media.common.exact_values import exact_text
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.daos.drafting import draft_of
from gencraft_media.generation.models import MediaSettings
from gencraft_media.generation.replay import Replay, replay_jobs
from gencraft_media.generation.replaying.jobs import past_jobs
from tests.daos.asking import asked
from tests.daos.past_jobs import candidate, past_job
from tests.factories import make_project

pytestmark = pytest.mark.usefixtures("catalogue")
HD_ON_PRO = asked("media.quality", quality="hd", scope="plan:pro")


def replayed(*actions: dict[str, Any], most: int = 5_000) -> Replay:
    """The replay of these actions."""
    return replay_jobs(draft_of(actions).changes, most=most)


def money(replay: Replay) -> tuple[str, str, str, str]:
    """Cost before and after, revenue before and after."""
    told = replay.as_json()
    return told["cost"]["before"], told["cost"]["after"], told["revenue"]["before"], told["revenue"]["after"]


@pytest.fixture
def project() -> Project:
    made = make_project()
    account_of(made.owner_id, plan="pro")
    return made


def test_a_markup_changes_what_clients_pay_and_not_what_we_do(project: Project) -> None:
    for _ in range(3):
        past_job(project)
    replay = replayed(asked("pricing.markup", percent="20"))
    assert money(replay) == ("0.15", "0.15", "0.15", "0.18")
    assert (replay.jobs, replay.sample, replay.refused, replay.difference) == (3, 3, 0, Decimal("0.03"))


def test_only_the_last_thirty_days_and_only_what_was_delivered_count(project: Project) -> None:
    past_job(project, days_ago=31)
    past_job(project, days_ago=29, batch_size=4, delivered_count=1)
    past_job(project, delivered_count=0)
    # Four cost 0.2, less 15 % for the batch; a quarter of it was delivered.
    assert money(replayed(asked("pricing.markup", percent="100"))) == ("0.05", "0.05", "0.0425", "0.085")


def test_a_price_correction_of_a_later_date_is_replayed_as_if_it_held(project: Project) -> None:
    past_job(project)
    correction = asked("pricing.price", model="flux/flux-pro", amount="0.06", **{"from": "2035-01-01"})
    replay = replayed(correction)
    assert money(replay) == ("0.05", "0.06", "0.05", "0.06")
    assert "2035-01-01" in replay.formula


def test_a_batch_discount_is_taken_from_batches(project: Project) -> None:
    past_job(project)
    past_job(project, batch_size=3)
    assert money(replayed(asked("pricing.batch_discount", percent="10"))) == ("0.2", "0.2", "0.185", "0.17")


def test_a_better_default_quality_goes_to_those_who_named_none(project: Project) -> None:
    other = make_project()
    silent: dict[str, Any] = {"wish": {"operation": "text-to-image", "wanted": {"prompt": "a lake"}}}
    said = {"wish": {"operation": "text-to-image", "wanted": {"prompt": "a lake", "quality": "standard"}}}
    drawn: dict[str, Any] = {"provider": "openai", "model": "dall-e-3"}
    # A job that keeps no wish is taken for silent.
    for fields in (silent, said, {}, {"params": {"quality": "hd"}}):
        past_job(project, **drawn, **fields)
    past_job(other, **drawn, **silent)
    past_job(project, **silent)  # flux-pro has one quality
    assert money(replayed(HD_ON_PRO))[:2] == ("0.29", "0.37")


def test_a_lower_resolution_draws_smaller_pictures(project: Project) -> None:
    past_job(project, model="flux-2-pro", params={"width": 2048, "height": 1024})
    past_job(project, provider="openai", model="dall-e-3", params={"width": 1024, "height": 1792})
    prices = [
        quote_price(provider="flux", model="flux-2-pro", operation="text-to-image", width=width, height=height)
        for width, height in ((2048, 1024), (1024, 512))
    ]
    # The nearest size that dall-e-3 draws is the one it drew.
    large, small = (exact_text(price.provider_cost + Decimal("0.08")) for price in prices)
    assert money(replayed(asked("media.resolution", pixels=1024)))[:2] == (large, small)
    assert large != small


def test_a_higher_resolution_draws_what_was_asked_for_and_brought_down(project: Project) -> None:
    save_settings(MediaSettings, {"max_resolution": 1024}, scope="global", actor=None)
    asked_for = {"operation": "text-to-image", "wanted": {"prompt": "a lake", "width": 2048, "height": 1024}}
    past_job(project, model="flux-2-pro", params={"width": 1024, "height": 512}, wish=asked_for)
    prices = [
        quote_price(provider="flux", model="flux-2-pro", operation="text-to-image", width=width, height=height)
        for width, height in ((1024, 512), (2048, 1024))
    ]
    small, large = (exact_text(price.provider_cost) for price in prices)
    assert money(replayed(asked("media.resolution", pixels=2048)))[:2] == (small, large)


def test_a_provider_that_is_off_is_stepped_in_for_by_the_next_of_the_receipt(project: Project) -> None:
    two = [candidate("flux", "flux-pro"), candidate("stability", "sd-3.5-large")]
    past_job(project, candidates=two)
    past_job(project)
    past_job(project, requested={"provider": "flux", "model": "flux-pro"}, candidates=two)
    replay = replayed(asked("provider.enable", provider="flux", enabled=False))
    assert (money(replay)[:2], replay.refused) == (("0.15", "0.065"), 2)
    assert replayed(asked("model.enable", model="flux/flux-pro", enabled=False)).refused == 2
    assert replayed(asked("routing.deny", names=["flux"], denied=True)).refused == 2
    assert replayed(asked("routing.allow", names=["stability"])).refused == 2
    assert replayed(asked("routing.deny", names=["flux"], scope="plan:free", denied=True)).refused == 0


def test_another_strategy_chooses_anew_where_nobody_named_one(project: Project) -> None:
    two = [candidate("flux", "flux-pro", price=0.2), candidate("flux", "flux-dev", cost=0.025, price=1.0)]
    past_job(project, candidates=two)
    past_job(project, candidates=two, requested={"strategy": "best"})
    assert money(replayed(asked("routing.strategy", strategy="cheapest")))[:2] == ("0.1", "0.075")


def test_a_default_model_takes_those_who_named_nothing(project: Project) -> None:
    past_job(project)
    past_job(project, requested={"maxCost": 1.0})
    past_job(project, requested={"provider": "flux"})
    past_job(project, operation="upscale")
    replay = replayed(asked("media.model", model="flux/flux-schnell"))
    assert Decimal(money(replay)[0]) - Decimal(money(replay)[1]) == Decimal("0.04")


def test_generation_switched_off_refuses_everything_of_the_scope(project: Project) -> None:
    other = make_project()
    past_job(project)
    past_job(other)
    assert money(replayed(asked("media.enable", enabled=False, scope="plan:pro")))[:2] == ("0.1", "0.05")
    save_settings(MediaSettings, {"enabled": False}, scope=f"project:{other.pk}", actor=None)
    replay = replayed(asked("media.enable", enabled=False))
    # What is refused as things are is not refused by the plan.
    assert (money(replay)[:2], replay.refused) == (("0.05", "0"), 1)


def test_quotas_are_counted_once_more(project: Project) -> None:
    other = make_project()
    for days in (3, 2, 2, 2, 1):
        past_job(project, days_ago=days)
    past_job(other, days_ago=2)
    assert replayed(asked("quota.user", period="day", outputs=1)).refused == 2
    assert replayed(asked("quota.user", period="day", outputs=0)).refused == 6
    assert replayed(asked("quota.plan", plan="pro", outputs=0)).refused == 5
    assert replayed(asked("quota.user", period="month", outputs=100)).refused == 0


def test_spending_caps_are_counted_once_more(project: Project) -> None:
    for _ in range(4):
        past_job(project, days_ago=1)
    # Five credits each.
    assert replayed(asked("spend.cap", period="day", credits=10)).refused == 2
    assert replayed(asked("spend.cap", period="day", credits=10, scope="plan:free")).refused == 0


def test_the_price_that_was_quoted_counts_where_none_is_known(project: Project) -> None:
    past_job(project, provider="gone", model="forgotten", quoted_provider_cost=Decimal("0.07"))
    assert money(replayed(asked("pricing.markup", percent="1")))[:2] == ("0.07", "0.07")


def test_of_many_jobs_a_sample_of_a_stated_size_stands_for_all(project: Project) -> None:
    for _ in range(60):
        past_job(project)
    replay = replayed(asked("pricing.markup", percent="10"), most=20)
    assert 5 <= replay.sample < 60
    assert replay.jobs == 60
    assert f"{replay.sample} of 60 jobs were looked at" in replay.formula
    assert replay.before.cost == Decimal("3")
    assert replay.after.revenue == Decimal("3.3")
    assert replay == replayed(asked("pricing.markup", percent="10"), most=20)


def test_a_sample_is_multiplied_up_to_the_last_digit(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(23):
        past_job(project)
    looked_at = past_jobs(database_now())
    # 60 / 23 has no end: rounded first, the sum would be a millionth of a dollar too much.
    monkeypatch.setattr("gencraft_media.generation.replay.past_jobs", lambda now, most: replace(looked_at, total=60))
    assert money(replayed(asked("pricing.markup", percent="10"))) == ("3", "3", "3", "3.3")


def test_a_replay_writes_nothing(project: Project) -> None:
    past_job(project)
    before = AuditEntry.objects.count(), PricingSettings.objects.count()
    replayed(asked("pricing.markup", percent="10"), HD_ON_PRO)
    assert (AuditEntry.objects.count(), PricingSettings.objects.count()) == before


def test_without_jobs_there_is_nothing_to_tell() -> None:
    assert money(replayed(asked("pricing.markup", percent="10"))) == ("0", "0", "0", "0")
