"""What a job is told of its place in line and its end, in every state."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from gencraft_media.common.clock import from_now
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.generation.dispatcher import dispatch_due
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.models import ProviderAccount
from tests.generation.driving import SIM_CLOCK, drive, drive_attempt, lanes_here
from tests.generation.tenants import Tenant, make_tenant

TINY: dict[str, Any] = {"width": 64, "height": 64}


@pytest.fixture
def one_slot(alice: Tenant) -> Tenant:
    """Alice, and an account with one slot that a job of hers has."""
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=1)
    drive_attempt(alice.start("sim/priced", **TINY), AttemptState.ACCEPTED)
    return alice


def remember(took_s: list[float], model: str = "priced") -> None:
    """As if the model had taken so long these times."""
    template = GenerationAttempt.objects.filter(model__endswith=model).order_by("-created_at")[0]
    for number, seconds in enumerate(took_s, 50):
        template.pk, template.number, template.state = None, number, AttemptState.SETTLED
        template.lease_until, template.hinted_at = None, None
        template.save(force_insert=True)
        GenerationAttempt.objects.filter(number=number).update(
            submitted_at=from_now(-3000 - seconds), landed_at=from_now(-3000), finished_at=from_now(-2999.8)
        )
    forget_remembered()


def test_the_first_in_line_is_told_so_and_when_it_will_be_done(alice: Tenant) -> None:
    job = alice.start("sim/priced", **TINY)
    shown = alice.show(job)
    assert shown["queue"] == {"position": 1, "ahead": 0}
    assert 0 <= shown["eta"]["low"] <= shown["eta"]["seconds"] <= shown["eta"]["high"]
    assert datetime.fromisoformat(shown["eta"]["at"]).tzinfo is not None


def test_the_answer_to_the_request_itself_says_it(alice: Tenant) -> None:
    answer = alice.ask("sim/priced", **TINY).json()
    assert answer["queue"]["position"] == 1
    assert answer["eta"]["seconds"] > 0


def test_once_everything_was_sent_there_is_no_place_in_line_and_in_the_end_no_estimate(alice: Tenant) -> None:
    job = alice.start("sim/priced", **TINY)
    drive_attempt(job, AttemptState.ACCEPTED)
    assert (alice.show(job)["queue"], alice.show(job)["eta"] is None) == (None, False)
    drive(job)
    assert (alice.show(job)["queue"], alice.show(job)["eta"]) == (None, None)


def test_those_in_line_are_counted_in_fair_order(one_slot: Tenant) -> None:
    jobs = [one_slot.start("sim/priced", **TINY) for _ in range(4)]
    bob = make_tenant("bob", plan="free")
    single = bob.start("sim/priced", **TINY)
    assert [one_slot.show(job)["queue"]["position"] for job in jobs] == [1, 3, 4, 5]
    assert bob.show(single)["queue"] == {"position": 2, "ahead": 1}
    etas = [one_slot.show(job)["eta"]["seconds"] for job in jobs]
    assert etas == sorted(etas)
    assert etas[0] < etas[-1]


def test_the_line_of_a_full_account_is_not_that_of_another_one(one_slot: Tenant) -> None:
    waiting = one_slot.start("sim/priced", **TINY)
    account = ProviderAccount.objects.create(provider_id="sim", label="other")
    free = one_slot.start("sim/priced", **TINY)
    GenerationAttempt.objects.filter(job=free).update(account=account)
    assert one_slot.show(free)["queue"]["position"] == 1
    assert one_slot.show(free)["eta"]["seconds"] < one_slot.show(waiting)["eta"]["seconds"]


def test_history_narrows_the_range_that_the_catalogue_can_only_guess(alice: Tenant) -> None:
    drive(alice.start("sim/priced", **TINY))
    job = alice.start("sim/priced", **TINY)
    guessed = alice.show(job)["eta"]
    remember([10.0 + number / 10 for number in range(20)])
    known = alice.show(job)["eta"]
    assert known["low"] < 11 < known["high"] < 18
    assert known["seconds"] == pytest.approx(11.3, abs=1.0)
    assert (known["high"] - known["low"]) / known["seconds"] < (guessed["high"] - guessed["low"]) / guessed["seconds"]


def test_what_runs_for_a_while_has_only_the_rest_before_it(alice: Tenant) -> None:
    drive(alice.start("sim/priced", **TINY))
    job = alice.start("sim/priced", **TINY)
    drive_attempt(job, AttemptState.ACCEPTED)
    remember([10.0 + number / 10 for number in range(20)])
    running = GenerationAttempt.objects.filter(job=job, state=AttemptState.ACCEPTED)
    running.update(submitted_at=from_now(-8))
    assert alice.show(job)["eta"]["seconds"] == pytest.approx(3.2, abs=1.0)
    running.update(submitted_at=from_now(-60))
    late = alice.show(job)["eta"]
    assert late["seconds"] > 5, "what is late already is not promised for the next moment"


def test_a_full_minute_is_waited_for(alice: Tenant) -> None:
    drive(alice.start("sim/priced", **TINY))
    ProviderAccount.objects.filter(provider="sim").update(requests_per_minute=1)
    assert 45 < alice.show(alice.start("sim/priced", **TINY))["eta"]["seconds"] < 75


def test_asking_again_within_a_second_costs_no_query(alice: Tenant, settings: Settings) -> None:
    job = alice.start("sim/priced", batchSize=3, **TINY)
    settings.FRESH_FOR_S = 60.0
    alice.show(job)

    def queries(ask: Any) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            ask()
        return [query["sql"] for query in captured if "attempt" in query["sql"]]

    assert queries(lambda: alice.show(job)) == []
    sent = queries(lambda: alice.ask("sim/priced", **TINY))
    assert [sql for sql in sent if not sql.startswith("INSERT")] == []


def test_a_job_that_came_after_the_last_look_is_put_behind_what_was_seen(one_slot: Tenant, settings: Settings) -> None:
    jobs = [one_slot.start("sim/priced", **TINY) for _ in range(3)]
    settings.FRESH_FOR_S = 60.0
    assert one_slot.show(jobs[2])["queue"]["position"] == 3
    newer = one_slot.start("sim/priced", **TINY)
    assert one_slot.show(newer)["queue"] == {"position": 4, "ahead": 3}
    bob = make_tenant("bob", plan="free")
    assert bob.ask("sim/priced", **TINY).json()["queue"]["position"] == 2
    carol = make_tenant("carol", plan="free")
    assert carol.ask("sim/priced", **TINY).json()["queue"]["position"] == 3


def test_pictures_that_are_here_only_wait_for_being_finished(alice: Tenant) -> None:
    job = alice.start("sim/priced", **TINY)
    drive_attempt(job, AttemptState.ACCEPTED)
    SIM_CLOCK.advance(5)
    GenerationAttempt.objects.update(next_step_at=from_now(-1))
    dispatch_due(lanes_here()[:1])
    assert GenerationAttempt.objects.get(job=job).state == AttemptState.LANDED
    assert alice.show(job)["eta"]["seconds"] < 1.5
