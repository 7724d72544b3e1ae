"""Who stays with the first model after all: what was moderated, what settings forbid, where nobody is sooner."""

from typing import NoReturn

import pytest

from gencraft_media.common.models import AuditEntry
from gencraft_media.generation import fallback, refusal
from gencraft_media.generation.fallback_policy import Policy
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from providers.errors import Moderated, Unreachable
from providers.models import ProviderAccount
from tests.generation.driving import drive, one_round
from tests.generation.fallback.situations import (
    FIRST,
    SECOND,
    attempts,
    change_limits,
    events,
    set_policy,
    set_seconds,
    start_with,
)
from tests.generation.fallback.test_waiting import LIMITED, patience, shut
from tests.generation.tenants import Tenant
from tests.generation.wire import Wire


def moderate_one(job: GenerationJob) -> None:
    """As if one part of the job had been refused by the provider's content rules."""
    first = job.attempts.order_by("number")[0]
    ended = {"code": Moderated.code, "message": "", "retryable": False}
    GenerationAttempt.objects.create(
        job=job,
        project_id=first.project_id,
        account=first.account,
        number=99,
        provider=first.provider,
        model=first.model,
        operation=first.operation,
        recovery=first.recovery,
        quoted_cost=0,
        state="rejected",
        error=ended,
    )


def test_what_was_moderated_in_one_part_is_not_taken_elsewhere_by_another(alice: Tenant) -> None:
    job = start_with(alice)
    moderate_one(job)
    job = drive(job)
    assert {model for model, _ in attempts(job)} == {FIRST}
    assert (job.status, events(job)) == ("failed", [])


def test_what_is_moderated_while_another_model_is_looked_for_stays_too(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, find = start_with(alice), fallback.find_stand_in

    def meanwhile(attempt: GenerationAttempt, error: Exception) -> object:
        moderate_one(job)
        return find(attempt, error)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(refusal, "find_stand_in", meanwhile)
        one_round()
    assert {model for model, _ in attempts(job)} == {FIRST}


def test_an_open_circuit_does_not_take_what_was_moderated_elsewhere(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, find = start_with(alice, SECOND, "sim/slow"), fallback.find_stand_in

    def meanwhile(attempt: GenerationAttempt, error: Exception) -> object:
        moderate_one(job)
        return find(attempt, error)  # type: ignore[arg-type]

    shut(SECOND)
    monkeypatch.setattr(refusal, "find_stand_in", meanwhile)
    one_round()
    assert attempts(job)[0] == (SECOND, "planned")
    assert {model for model, _ in attempts(job)} == {SECOND}


def test_where_it_may_be_taken_elsewhere_for_another_reason_that_is_audited(alice: Tenant) -> None:
    set_policy(fallback_after_moderation=True)
    job = start_with(alice)
    moderate_one(job)
    assert drive(job).model == SECOND
    assert AuditEntry.objects.filter(action="job.fallback_after_moderation", target_id=str(job.pk)).exists()


@pytest.mark.parametrize(("said", "expected"), [(None, Policy.ALONE), (True, Policy.FALLBACK)])
def test_settings_that_forbid_it_meanwhile_hold_for_jobs_that_said_nothing(
    alice: Tenant, said: bool | None, expected: Policy
) -> None:
    job = start_with(alice, **({} if said is None else {"fallback": said}))
    set_policy(fallback=False)
    assert fallback.policy_of(job.attempts.get()) is expected


def test_a_fault_of_the_choice_leaves_a_refusal_what_it_is(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> NoReturn:
        raise KeyError("maxCost")

    monkeypatch.setattr(fallback, "route_request", broken)
    job = drive(start_with(alice, "sim/bad-key", SECOND))
    assert attempts(job) == [("sim/bad-key", "rejected")]
    assert (job.error or {})["code"] == "provider_misconfigured"


def test_nobody_steps_in_who_would_have_to_wait_as_well(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    patience(monkeypatch, 45)
    ProviderAccount.objects.filter(provider="sim").update(requests_per_minute=1)
    job = start_with(alice, LIMITED, SECOND)
    one_round()
    assert [model for model, _ in attempts(job)] == [LIMITED, LIMITED]
    assert events(job) == []


def test_the_first_model_is_asked_after_all_where_it_was_only_left_alone(alice: Tenant) -> None:
    set_seconds("sim/bad-key", 1)
    set_seconds(SECOND, 0.5)
    job = start_with(alice, SECOND, "sim/bad-key")
    shut(SECOND)
    one_round()
    assert attempts(job) == [(SECOND, "rejected"), ("sim/bad-key", "planned")]
    ProviderAccount.objects.get(provider="sim").circuits.all().delete()
    job = drive(job)
    assert attempts(job)[-1] == (SECOND, "settled")


def test_a_batch_of_which_one_call_is_moderated_stays_with_its_provider(alice: Tenant, wire: Wire) -> None:
    change_limits(SECOND, outputs_per_call=1)
    asked: list[str] = []

    def refuse(request: object) -> None:
        if getattr(request, "method", "") != "POST":
            return
        asked.append("")
        raise Moderated if len(asked) == 1 else Unreachable

    wire.before = refuse
    job = drive(start_with(alice, SECOND, "sim/slow", batchSize=2))
    assert {model for model, _ in attempts(job)} == {SECOND}
    assert job.status == "failed"
