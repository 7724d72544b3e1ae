"""What is waited for and what is not: slots, limits, open circuits, an account that has spent enough."""

from dataclasses import replace
from decimal import Decimal

import pytest

from gencraft_media.common.clock import from_now
from gencraft_media.generation.models import Circuit, CircuitState, GenerationAttempt, GenerationJob
from providers.models import ProviderAccount
from providers.sim import faults
from tests.generation.driving import drive, one_round
from tests.generation.fallback.situations import FIRST, SECOND, attempts, events, set_seconds, start_with
from tests.generation.tenants import Tenant, captured
from tests.generation.wire import Wire

LIMITED = "sim/rate-limited"


def shut(model: str, *, reason: str = "errors", for_s: float = 60.0) -> None:
    """Keep requests from the model for so long."""
    account = ProviderAccount.objects.get(provider="sim")
    Circuit.objects.create(
        account=account, model=model, state=CircuitState.OPEN, reason=reason, retry_at=from_now(for_s), cool_down_s=60
    )


def patience(monkeypatch: pytest.MonkeyPatch, seconds: int, accepts_from: int = 3) -> None:
    """Let the provider ask for so much of it, until the attempt of that number."""
    script = faults.script_of("rate-limited")
    assert script.refusal is not None
    slower = replace(script, refusal=replace(script.refusal, retry_after_s=seconds), accepts_from_attempt=accepts_from)
    monkeypatch.setitem(faults._SCRIPTS, "rate-limited", slower)
    set_seconds(LIMITED, 1)


def test_a_provider_that_is_busy_for_a_moment_is_waited_for(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    patience(monkeypatch, 1, accepts_from=2)
    job = drive(start_with(alice, LIMITED, SECOND))
    assert attempts(job) == [(LIMITED, "rejected"), (LIMITED, "settled")]


def test_a_provider_that_is_busy_for_long_has_another_model_step_in(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience(monkeypatch, 45)
    job = drive(start_with(alice, LIMITED, SECOND))
    assert attempts(job) == [(LIMITED, "rejected"), (SECOND, "settled")]
    assert job.receipt["fallbacks"][0]["code"] == "provider_busy"
    assert "was at its limit" in str(job.adaptations)


def test_a_busy_provider_uses_up_no_tries(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    patience(monkeypatch, 1, accepts_from=9)
    job = drive(alice.start(LIMITED))
    assert (job.status, len(attempts(job))) == ("completed", 9)


def test_a_provider_that_asks_for_more_time_than_is_left_ends_a_job_that_has_nobody_else(
    alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience(monkeypatch, 3600)
    job = drive(alice.start(LIMITED))
    assert ((job.error or {})["code"], len(attempts(job))) == ("provider_busy", 1)


def test_an_open_circuit_has_another_model_step_in_before_anything_is_sent(alice: Tenant, wire: Wire) -> None:
    job = start_with(alice, SECOND, "sim/slow")
    shut(SECOND)
    job = drive(job)
    assert attempts(job) == [(SECOND, "rejected"), ("sim/slow", "settled")]
    assert [one["code"] for one in job.receipt["fallbacks"]] == ["circuit_open"]
    assert (len(wire.posts()), captured(job)) == (1, 4)
    assert GenerationAttempt.objects.get(job=job, model=SECOND).submissions == 0


def test_a_circuit_that_opens_for_a_moment_of_patience_is_waited_for(alice: Tenant, wire: Wire) -> None:
    job = start_with(alice, SECOND, "sim/slow")
    shut(SECOND, reason="rate", for_s=3)
    one_round(hurry=False)
    assert (attempts(job), events(job), wire.posts()) == ([(SECOND, "planned")], [], [])
    Circuit.objects.all().delete()
    assert drive(job).model == SECOND


def test_a_named_model_waits_for_its_circuit(alice: Tenant, wire: Wire) -> None:
    job = alice.start(SECOND)
    shut(SECOND)
    one_round()
    one_round()
    assert (attempts(job), wire.posts()) == ([(SECOND, "planned")], [])
    Circuit.objects.all().delete()
    assert (drive(job).status, len(attempts(job))) == ("completed", 1)


def test_where_nobody_can_step_in_the_job_waits_for_the_circuit_until_its_deadline(alice: Tenant) -> None:
    job = start_with(alice, SECOND, "sim/slow")
    shut(SECOND)
    shut("sim/slow")
    one_round()
    assert attempts(job) == [(SECOND, "planned")]
    GenerationJob.objects.filter(pk=job.pk).update(deadline_at=from_now(-1))
    assert (drive(job).error or {})["code"] == "deadline_exceeded"


def test_a_waiting_attempt_is_looked_at_again_when_its_job_has_to_end(alice: Tenant) -> None:
    job = alice.start(SECOND)
    shut(SECOND, for_s=600)
    GenerationJob.objects.filter(pk=job.pk).update(deadline_at=from_now(2))
    one_round()
    attempt = GenerationAttempt.objects.get(job=job)
    assert (attempt.next_step_at - GenerationJob.objects.get(pk=job.pk).deadline_at).total_seconds() < 0.5
    Circuit.objects.all().delete()
    drive(job)


def test_slots_are_waited_for(alice: Tenant) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=1)
    jobs = [start_with(alice, SECOND, "sim/slow") for _ in range(3)]
    assert [drive(job).model for job in jobs] == [SECOND] * 3


def test_an_account_that_has_spent_enough_today_has_a_free_model_step_in(alice: Tenant) -> None:
    set_seconds("sim/standard", 4)
    job = start_with(alice, SECOND, "sim/slow", "sim/standard")
    assert job.model == SECOND
    ProviderAccount.objects.filter(provider="sim").update(spend_per_day=Decimal("0.01"))
    job = drive(job)
    assert attempts(job)[-1] == ("sim/standard", "settled")
    assert (job.receipt["fallbacks"][0]["code"], captured(job)) == ("circuit_open", 0)


def test_another_account_of_the_provider_takes_the_same_request_to_the_same_model(alice: Tenant) -> None:
    job = alice.start(SECOND)
    shut(SECOND)
    other = ProviderAccount.objects.create(provider_id="sim", label="second", priority=-1)
    job = drive(job)
    assert attempts(job) == [(SECOND, "settled")]
    assert GenerationAttempt.objects.get(job=job).account_id == other.pk
    assert "fallbacks" not in job.receipt


def test_tries_on_the_first_model_are_not_held_against_the_second(alice: Tenant) -> None:
    job = drive(start_with(alice, FIRST, "sim/rate-limited"))
    assert attempts(job)[0] == (FIRST, "rejected")
    assert (job.status, job.model) == ("completed", "sim/rate-limited")
