"""What a provider account allows at once, a minute and a day is never exceeded, and jobs wait their turn."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gencraft_media.common.clock import from_now
from gencraft_media.common.models import DomainEvent
from gencraft_media.generation.limits import IN_PROVIDER, MINUTE_S
from gencraft_media.generation.models import GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from gencraft_media.webhooks.public_events import public_name
from providers.models import ProviderAccount
from providers.sim import faults
from tests.generation.driving import drive, lanes_here, one_round
from tests.generation.tenants import Tenant
from tests.generation.wire import Wire


def limit(**limits: Any) -> None:
    """Give sim's account these limits."""
    ProviderAccount.objects.filter(provider="sim").update(**limits)


def in_states(*states: str) -> int:
    """How many attempts are in one of `states`."""
    return GenerationAttempt.objects.filter(state__in=states).count()


def some_rounds(count: int = 6) -> None:
    """Give the engine every chance to go too far."""
    for _ in range(count):
        one_round()


def let_a_minute_pass() -> None:
    """As if everything sent so far had been sent more than a minute ago."""
    GenerationAttempt.objects.filter(submitted_at__isnull=False).update(submitted_at=from_now(-MINUTE_S - 1))


def test_no_more_requests_are_at_the_provider_than_its_account_allows(alice: Tenant, wire: Wire) -> None:
    limit(concurrent_requests=2)
    jobs = [alice.start() for _ in range(5)]
    most = 0

    def count(_: object) -> None:
        nonlocal most
        most = max(most, in_states(*IN_PROVIDER))

    wire.before = count
    assert [drive(job).status for job in jobs] == ["completed"] * 5
    assert most == 2


def test_a_worker_that_finds_no_slot_sends_nothing_and_looks_again(alice: Tenant, wire: Wire) -> None:
    limit(concurrent_requests=1)
    first, second = alice.start("sim/stuck"), alice.start()
    some_rounds()
    assert (len(wire.posts()), in_states(AttemptState.PLANNED)) == (1, 1)
    second.refresh_from_db()
    assert (second.status, second.progress) == ("queued", 0)
    alice.cancel(first)
    assert drive(second).status == "completed"


def test_no_more_requests_go_out_in_a_minute_than_allowed(alice: Tenant, wire: Wire) -> None:
    limit(requests_per_minute=2)
    jobs = [alice.start() for _ in range(4)]
    some_rounds()
    assert len(wire.posts()) == 2
    let_a_minute_pass()
    some_rounds()
    assert len(wire.posts()) == 4
    assert [drive(job).status for job in jobs] == ["completed"] * 4


def test_asking_again_under_the_same_key_is_a_request_of_this_minute_too(alice: Tenant, wire: Wire) -> None:
    limit(requests_per_minute=2)
    jobs = [alice.start("sim/dropped-idempotent") for _ in range(2)]
    some_rounds()
    assert len(wire.posts()) == 2
    found = [drive(job, each_round=lambda _: let_a_minute_pass()).status for job in jobs]
    assert (found, len(wire.posts())) == (["completed"] * 2, 4)


def test_no_more_is_spent_in_a_day_than_allowed(alice: Tenant, wire: Wire) -> None:
    limit(spend_per_day=Decimal("0.08"))
    jobs = [alice.start() for _ in range(3)]
    some_rounds()
    assert len(wire.posts()) == 2
    GenerationAttempt.objects.filter(submitted_at__isnull=False).update(submitted_at=from_now(-86_400))
    assert [drive(job).status for job in jobs] == ["completed"] * 3


def test_what_a_provider_refused_counts_for_the_minute_but_not_as_spent(alice: Tenant, wire: Wire) -> None:
    limit(spend_per_day=Decimal("0.04"))
    assert drive(alice.start("sim/moderated")).status == "failed"
    assert drive(alice.start()).status == "completed"
    limit(spend_per_day=-1, requests_per_minute=2)
    alice.start()
    some_rounds()
    assert len(wire.posts()) == 2


def test_a_job_that_finds_no_slot_until_its_deadline_ends_free(alice: Tenant) -> None:
    limit(concurrent_requests=0)
    job = alice.start()
    some_rounds()
    GenerationJob.objects.update(deadline_at=from_now(-1))
    limit(concurrent_requests=-1)
    job = drive(job)
    assert ((job.error or {})["code"], job.credits_charged, alice.account.available) == ("deadline_exceeded", 0, 1000)


def test_a_job_that_finds_no_slot_ends_at_its_deadline_although_no_slot_comes_free(alice: Tenant) -> None:
    limit(concurrent_requests=0)
    job = alice.start()
    GenerationJob.objects.update(deadline_at=from_now(-1))
    assert (drive(job, deadline_s=10).error or {})["code"] == "deadline_exceeded"


def test_a_full_account_does_not_hold_up_the_jobs_of_another_one(alice: Tenant) -> None:
    sim = ProviderAccount.objects.get(provider="sim")
    full = ProviderAccount.objects.create(provider_id="sim", label="full", concurrent_requests=0)
    waiting = [alice.start() for _ in range(4)]
    GenerationAttempt.objects.filter(job__in=waiting).update(account=full, next_step_at=from_now(-60))
    job = alice.start()
    assert GenerationAttempt.objects.get(job=job).account == sim
    for _ in range(8):
        one_round(lanes_here(slots=2))
    job.refresh_from_db()
    assert job.status == "completed"
    assert in_states(AttemptState.PLANNED) == 4


@pytest.mark.parametrize("retry_after_s", [1, None], ids=["with Retry-After", "without Retry-After"])
def test_a_provider_that_answers_429_shows_a_client_nothing_but_waiting(
    alice: Tenant, wire: Wire, monkeypatch: pytest.MonkeyPatch, retry_after_s: int | None
) -> None:
    script, refusals = faults.script_of("rate-limited"), 7
    assert script.refusal is not None
    busy = replace(script.refusal, status=429, retry_after_s=retry_after_s)
    longer = replace(script, refusal=busy, accepts_from_attempt=refusals + 1)
    monkeypatch.setitem(faults._SCRIPTS, "rate-limited", longer)
    seen: list[tuple[Any, ...]] = []

    def look(_: object) -> None:
        if len(wire.posts()) <= refusals:
            shown = alice.show(job)
            seen.append((shown["status"], shown["error"], shown["items"][0]["error"], shown["progress"]))

    job = alice.start("sim/rate-limited")
    job = drive(job, each_round=look)
    # More often than anything else is tried again.
    assert (job.status, len(wire.posts())) == ("completed", refusals + 1)
    assert len(seen) >= refusals
    assert {status for status, *_ in seen} <= {"queued", "processing"}
    assert {(error, of_item) for _, error, of_item, _ in seen} == {(None, None)}
    told = [public_name(event.type) for event in DomainEvent.objects.filter(subject_id=job.pk).order_by("number")]
    assert [name for name in told if name and name != "job.progress"] == [
        "job.queued",
        "job.processing",
        "asset.created",
        "job.completed",
    ]
