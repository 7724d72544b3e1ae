"""What the payer's plan and credits allow: 402 for credits, 429 for numbers, and nothing left behind by a refusal."""

import pytest

from billing.models import CreditHold, QuotaCounter, QuotaReservation
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.models import GenerationItem, GenerationJob
from tests.generation.driving import drive
from tests.generation.tenants import make_tenant, put_on_plan


def nothing_was_made() -> bool:
    """Whether no request has left anything behind."""
    return not any(
        kind._default_manager.exists()
        for kind in (GenerationJob, GenerationItem, CreditHold, QuotaReservation, DomainEvent)
    )


def test_without_credits_a_request_is_refused_with_what_is_missing(engine: None) -> None:
    poor = make_tenant(credits=3)
    answer = poor.ask()
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
    assert (answer.json()["required"], answer.json()["available"]) == (4, 3)
    assert nothing_was_made()


def test_credits_are_held_while_a_job_runs_and_only_then_missing(engine: None) -> None:
    poor = make_tenant(credits=4)
    job = poor.start()
    assert (poor.account.available, poor.account.held, poor.ask().status_code) == (0, 4, 402)
    poor.cancel(job)
    assert (poor.account.available, poor.account.held, poor.ask().status_code) == (4, 0, 202)


def test_free_pictures_need_no_credits(engine: None) -> None:
    poor = make_tenant(credits=0)
    assert drive(poor.start("sim/standard")).credits_charged == 0


def test_a_plan_runs_so_many_jobs_at_once(engine: None) -> None:
    free = make_tenant(credits=0, plan="free")
    running = [free.start() for _ in range(2)]
    answer = free.ask()
    assert (answer.status_code, answer.json()["code"]) == (429, "concurrency_limit")
    assert (answer.json()["limit"], answer.json()["retryable"], "Retry-After" in answer) == (2, True, True)
    assert GenerationJob.objects.count() == 2
    drive(running[0])
    assert free.ask().status_code == 202


def test_a_plans_outputs_a_month_are_reserved_and_given_back_when_they_fail(engine: None) -> None:
    free = make_tenant(credits=500, plan="free")
    job = free.start("sim/flaky", batchSize=10, seed=0)
    answer = free.ask()
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded")
    document = answer.json()
    assert (document["quota"], document["limit"], document["used"]) == ("plan_free", 10, 10)
    assert document["resetsAt"].endswith("-01T00:00:00+00:00")
    job = drive(job)
    left = 10 - job.delivered_count
    assert 0 < left < 10
    assert free.ask(batchSize=left + 1).status_code == 429
    assert free.ask(batchSize=left).status_code == 202


def test_a_canceled_job_gives_its_outputs_back(engine: None) -> None:
    free = make_tenant(credits=0, plan="free")
    free.cancel(free.start(batchSize=10))
    assert set(QuotaCounter.objects.values_list("reserved", "delivered")) == {(0, 0)}
    assert free.ask(batchSize=10).status_code == 202


def test_each_end_user_of_a_builder_has_a_quota_of_its_own(engine: None) -> None:
    free = make_tenant(credits=500, plan="free")
    free.cancel(free.start(batchSize=10, externalUserId="customer-1"))
    free.start(batchSize=10, externalUserId="customer-1")
    assert free.ask(externalUserId="customer-1").status_code == 429
    assert free.ask(externalUserId="customer-2").status_code == 202


def test_a_larger_plan_lifts_the_limit_at_once(engine: None) -> None:
    tenant = make_tenant(credits=500, plan="free")
    for _ in range(2):
        tenant.start()
    assert tenant.ask().status_code == 429
    put_on_plan(tenant, "pro")
    assert tenant.ask().status_code == 202


@pytest.mark.parametrize("model", ["sim/moderated", "sim/unreachable", "sim/blank"])
def test_a_job_that_fails_costs_neither_credits_nor_outputs(engine: None, model: str) -> None:
    free = make_tenant(credits=0, plan="free")
    drive(free.start(model))
    assert (free.account.available, free.account.held) == (100, 0)
    assert set(QuotaCounter.objects.values_list("reserved", "delivered")) == {(0, 0)}
