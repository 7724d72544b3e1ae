"""The provider takes the job and drops the line: each kind of recovery finds it without paying again, or lets it go."""

import pytest

from billing.models import ProviderCost
from gencraft_media.common.clock import from_now
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, assert_ended_once, has_ended
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash
RECOVERY_S = 40.0


@pytest.mark.parametrize("kind", ["idempotent", "listable", "callback"])
def test_a_dropped_line_is_recovered_from_with_one_paid_post(engine: RunningEngine, alice: Tenant, kind: str) -> None:
    job = alice.start(f"sim/dropped-{kind}")
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what=f"recovery by {kind}")
    assert_ended_once(engine, job.pk, paid=1)
    attempt = GenerationAttempt.objects.get(job=job)
    assert attempt.submissions == (2 if kind == "idempotent" else 1)
    assert attempt.unknown_since is not None
    assert_books_are_right()


def test_without_a_way_to_know_the_job_ends_uncharged_and_a_cost_is_suspected(
    engine: RunningEngine, alice: Tenant
) -> None:
    available = alice.account.available
    job = alice.start("sim/dropped-none")
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the lost job")
    ended = assert_ended_once(engine, job.pk, status="failed", delivered=0, paid=1)
    assert ended.error is not None and ended.error["code"] == "outcome_unknown"
    assert alice.account.available == available
    cost = ProviderCost.objects.get(job_id=job.pk)
    assert (cost.certainty, cost.amount, cost.settled_by) == ("suspected", job.quoted_provider_cost, None)
    assert_books_are_right()


@pytest.mark.parametrize("kind", ["idempotent", "listable"])
def test_an_engine_that_was_away_for_longer_than_the_grace_time_still_asks(
    engine: RunningEngine, alice: Tenant, kind: str
) -> None:
    engine.arm("unknown.committed")
    job = alice.start(f"sim/dropped-{kind}")
    engine.wait_until(lambda: not engine.is_armed("unknown.committed"), timeout_s=RECOVERY_S, what="a death")
    unknown = GenerationAttempt.objects.filter(job=job, state=AttemptState.UNKNOWN)
    assert unknown.update(unknown_since=from_now(-3600)) == 1
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what=f"late recovery by {kind}")
    assert_ended_once(engine, job.pk, paid=1)
    assert_books_are_right()
