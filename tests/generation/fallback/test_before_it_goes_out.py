"""What is seen to before a request is made: an open circuit, a full minute, an account that is gone."""

from typing import Any, NoReturn

import pytest
import structlog

from gencraft_media.common.clock import from_now
from gencraft_media.generation import limits, submission
from gencraft_media.generation.models import Circuit, GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from providers.models import ProviderAccount
from tests.generation.driving import drive, drive_attempt, one_round
from tests.generation.fallback.situations import FIRST, SECOND, attempts, set_seconds, start_with
from tests.generation.fallback.test_waiting import shut
from tests.generation.tenants import Tenant
from tests.generation.wire import Wire
from tests.providers.custom_rows import make_custom_model


def make_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fail as soon as files are fetched for a request."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("the request was made")

    monkeypatch.setattr(submission, "opened_request", refuse)


def test_nothing_is_fetched_or_uploaded_before_an_open_circuit(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    job = alice.start(SECOND)
    shut(SECOND)
    with monkeypatch.context() as patch:
        make_nothing(patch)
        one_round()
        one_round()
    assert attempts(job) == [(SECOND, "planned")]
    Circuit.objects.all().delete()
    assert drive(job).status == "completed"


def test_nothing_is_fetched_or_uploaded_while_the_day_is_spent(alice: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    job = alice.start(SECOND)
    GenerationJob.objects.filter(pk=job.pk).update(params={**job.params, "inputs": [{"role": "image"}]})
    ProviderAccount.objects.filter(provider="sim").update(spend_per_day=0)
    with monkeypatch.context() as patch:
        make_nothing(patch)
        one_round()
    assert attempts(job) == [(SECOND, "planned")]


def test_what_is_held_back_says_why_once(alice: Tenant) -> None:
    alice.start(SECOND)
    shut(SECOND)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            one_round()
    assert [one["reason"] for one in logs if one["event"] == "attempt held back"] == [limits.CIRCUIT]


def test_a_change_of_the_model_is_in_the_log(alice: Tenant) -> None:
    job = start_with(alice)
    with structlog.testing.capture_logs() as logs:
        drive(job)
    (told,) = [one for one in logs if one["event"] == "job rerouted"]
    assert (told["from"], told["to"], told["code"]) == (FIRST, SECOND, "provider_unreachable")


def second_account(**fields: Any) -> ProviderAccount:
    """One more account of the simulator, which is asked last."""
    return ProviderAccount.objects.create(provider_id="sim", label="second", priority=-1, **fields)


def test_an_attempt_whose_account_is_deleted_goes_by_another_one_and_its_limits(alice: Tenant, wire: Wire) -> None:
    job = alice.start(SECOND)
    other = second_account(concurrent_requests=0)
    ProviderAccount.objects.exclude(pk=other.pk).delete()
    one_round()
    attempt = GenerationAttempt.objects.get(job=job)
    assert (attempt.account_id, attempt.state, wire.posts()) == (other.pk, "planned", [])
    ProviderAccount.objects.update(concurrent_requests=-1)
    assert drive(job).status == "completed"


def test_an_attempt_whose_provider_has_no_account_any_more_ends_unsent(alice: Tenant, wire: Wire) -> None:
    job = alice.start(SECOND)
    ProviderAccount.objects.filter(provider="sim").delete()
    job = drive(job)
    assert ((job.error or {})["code"], wire.posts()) == ("provider_not_configured", [])


def test_what_a_deleted_account_has_at_work_is_not_looked_for_with_another_ones_key(alice: Tenant, wire: Wire) -> None:
    set_seconds("sim/slow", 1)
    job = alice.start("sim/slow")
    drive_attempt(job, AttemptState.ACCEPTED)
    second_account()
    ProviderAccount.objects.exclude(label="second").delete()
    sent = len(wire.sent)
    one_round()
    assert (len(wire.sent), attempts(job)) == (sent, [("sim/slow", "accepted")])


def real_rounds(count: int) -> None:
    """Rounds in which every wait is as long as it is."""
    for _ in range(count):
        one_round(hurry=False)


def test_a_burst_over_the_requests_of_a_minute_goes_to_another_provider(alice: Tenant) -> None:
    other = make_custom_model("automatic1111", "https://one.example.com", price="0.01")
    other.typical_seconds = 60
    other.save()
    ProviderAccount.objects.filter(provider="sim").update(requests_per_minute=1)
    jobs = [start_with(alice, SECOND, f"{other.provider_id}/{other.name}") for _ in range(3)]
    real_rounds(2)
    found = [GenerationJob.objects.get(pk=job.pk) for job in jobs]
    assert sorted(job.provider for job in found) == sorted([other.provider_id, other.provider_id, "sim"])


def test_a_job_that_nobody_may_step_in_for_is_not_looked_at_while_the_minute_is_full(alice: Tenant) -> None:
    ProviderAccount.objects.filter(provider="sim").update(requests_per_minute=1)
    named, alone = [alice.start(SECOND) for _ in range(2)], start_with(alice, SECOND, "sim/slow")
    real_rounds(4)
    GenerationAttempt.objects.filter(job=alone, state="planned").update(next_step_at=from_now(-1))
    real_rounds(4)
    planned = GenerationAttempt.objects.filter(state="planned")
    assert [one.fence for one in planned.filter(job__in=named)] == [0]
    assert [one.fence for one in planned.filter(job=alone)] == [1]
    GenerationAttempt.objects.filter(job=alone).update(next_step_at=from_now(-16))
    real_rounds(1)
    assert GenerationAttempt.objects.get(job=alone).fence == 2
