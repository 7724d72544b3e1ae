"""Whoever makes the pictures, the client pays the quote at most, and the books are exact."""

from decimal import Decimal
from typing import NoReturn

import pytest

from assets.models import MediaAsset
from billing.money import credits_for
from gencraft_media.generation.auditor import audit_engine
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from providers.errors import Unreachable
from providers.types import HttpRequest
from tests.generation.driving import drive
from tests.generation.fallback.situations import (
    FIRST,
    SECOND,
    attempts,
    booked,
    change_limits,
    charged,
    set_policy,
    set_price,
    start_with,
)
from tests.generation.tenants import Tenant, captured
from tests.generation.wire import Wire


def cut_after(wire: Wire, model: str, requests: int) -> None:
    """Let nothing be sent to the model after so many paid requests."""
    seen: list[str] = []

    def look(request: HttpRequest) -> None:
        if request.method == "POST" and model.removeprefix("sim/") in str(request.json):
            seen.append(model)
            if len(seen) > requests:
                raise Unreachable

    wire.before = look


def cut(wire: Wire) -> None:
    """Let nothing be sent to anybody."""

    def stop(request: HttpRequest) -> NoReturn:
        raise Unreachable

    wire.before = stop


def test_a_dearer_model_is_charged_as_quoted_and_the_rest_is_the_operators(alice: Tenant) -> None:
    set_price(SECOND, "0.07")
    job = drive(start_with(alice))
    assert (charged(job), captured(job)) == ([(SECOND, 4)], 4)
    assert booked(job) == [(SECOND, Decimal("0.07"))]
    assert MediaAsset.objects.get().cost == Decimal("0.04")


def test_a_cheaper_model_is_charged_at_its_own_price(alice: Tenant) -> None:
    set_price(SECOND, "0.025")
    job = drive(start_with(alice))
    assert (charged(job), captured(job)) == ([(SECOND, 3)], 3)
    assert (alice.account.available, job.delivered_total) == (997, Decimal("0.025"))
    assert MediaAsset.objects.get().cost == Decimal("0.025")


@pytest.mark.parametrize(("percent", "served"), [(100, False), (150, True), (0, False)])
def test_a_model_may_cost_so_much_more_than_the_quote_and_no_more(alice: Tenant, percent: int, served: bool) -> None:
    set_policy(fallback_extra_percent=percent)
    set_price(SECOND, "0.1")
    job = drive(start_with(alice))
    assert (job.status == "completed") == served
    assert captured(job) == (4 if served else 0)


@pytest.mark.parametrize(("max_cost", "served"), [(0.05, False), (0.06, True)])
def test_the_clients_own_limit_holds_for_whoever_steps_in(alice: Tenant, max_cost: float, served: bool) -> None:
    set_price(SECOND, "0.06")
    job = drive(start_with(alice, maxCost=max_cost))
    assert (job.status == "completed") == served


def test_the_settings_limit_holds_for_whoever_steps_in(alice: Tenant) -> None:
    set_price(SECOND, "0.06")
    job = start_with(alice)
    set_policy(max_cost=Decimal("0.05"))
    assert drive(job).status == "failed"


def of_four(alice: Tenant, wire: Wire) -> GenerationJob:
    """Four pictures, one a call: two by the first model, two by the one that steps in."""
    change_limits(SECOND, outputs_per_call=1)
    cut_after(wire, SECOND, 2)
    return drive(start_with(alice, SECOND, "sim/slow", batchSize=4))


def test_only_what_is_missing_is_made_by_another_model(alice: Tenant, wire: Wire) -> None:
    job = of_four(alice, wire)
    assert (job.status, job.delivered_count) == ("completed", 4)
    assert sorted(MediaAsset.objects.values_list("model", flat=True)) == [SECOND, SECOND, "sim/slow", "sim/slow"]
    assert [model for model, state in attempts(job) if state == "settled"].count("sim/slow") <= 2
    assert captured(job) == credits_for(job.quoted_total)
    assert len(job.receipt["fallbacks"]) == 1


def test_mixed_prices_add_up_to_the_unit(alice: Tenant, wire: Wire) -> None:
    set_price("sim/slow", "0.013")
    job = of_four(alice, wire)
    quoted = job.quoted_total / 4
    own = GenerationAttempt.objects.filter(job=job, model="sim/slow").values_list("own_share", flat=True)
    owed = 2 * quoted + 2 * (own[0] or Decimal(0))
    assert job.delivered_total == owed < job.quoted_total
    assert captured(job) == credits_for(owed) == sum(credits for _, credits in charged(job))
    assert audit_engine() == []


def test_the_auditor_sees_a_job_whose_charge_is_not_what_its_outputs_owe(alice: Tenant) -> None:
    job = drive(start_with(alice))
    for owed in (Decimal("0.04000001"), Decimal("0.03")):
        GenerationJob.objects.filter(pk=job.pk).update(delivered_total=owed)
        assert "charged another amount than its outputs owe" in {finding.detail for finding in audit_engine()}
    GenerationJob.objects.filter(pk=job.pk).update(delivered_total=Decimal("0.04"))
    GenerationJob.objects.filter(pk=job.pk).update(quoted_total=Decimal("0.03"))
    assert {finding.detail for finding in audit_engine()} == {"its outputs owe more than was quoted"}
    GenerationJob.objects.filter(pk=job.pk).update(quoted_total=Decimal("0.04"))


def test_the_totals_of_earlier_jobs_are_filled_in(alice: Tenant) -> None:
    from importlib import import_module

    from django.apps import apps

    job = drive(alice.start(batchSize=3))
    GenerationJob.objects.filter(pk=job.pk).update(delivered_total=0)
    import_module("gencraft_media.generation.migrations.0011_delivered_totals").fill_totals(apps, None)
    assert GenerationJob.objects.get(pk=job.pk).delivered_total == job.delivered_total > 0


def test_six_attempts_are_made_over_all_models_and_three_on_one(alice: Tenant, wire: Wire) -> None:
    cut(wire)
    eight = [f"sim/{name}" for name in ("standard", "priced", "slow", "synchronous", "flaky", "blank", "bomb", "wide")]
    set_policy(fallback_extra_percent=1000)
    job = drive(start_with(alice, *eight[1:]))
    assert (job.status, len(attempts(job))) == ("failed", 6)
    assert len({model for model, _ in attempts(job)}) == 6
    job = drive(start_with(alice, FIRST, SECOND))
    assert attempts(job) == [(FIRST, "rejected"), *[(SECOND, "rejected")] * 3]
