"""A step that ends its process whenever it is tried must not end processes for ever."""

import pytest
from django.db.models import F

from billing.models import ProviderCost
from gencraft_media.generation.models import GenerationAttempt
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, assert_ended_once, has_ended
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash
RECOVERY_S = 40.0


@pytest.mark.parametrize("point", ["intent.before_commit", "poll.before_call", "inspect.before"])
def test_a_step_that_killed_its_worker_many_times_is_given_up(engine: RunningEngine, alice: Tenant, point: str) -> None:
    engine.arm(point)
    job = alice.start()
    attempts = GenerationAttempt.objects.filter(job=job)
    engine.wait_until(lambda: not engine.is_armed(point), timeout_s=RECOVERY_S, what=f"a death at {point}")
    # As if it had been the eighth of eight; the lease of the dead has not run out yet.
    assert attempts.filter(claims__gt=0).update(claims=F("claims") + 7) == 1
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what="the end of the poisonous job")
    taken = 0 if point == "intent.before_commit" else 1
    ended = assert_ended_once(engine, job.pk, status="failed", delivered=0, paid=taken)
    assert ended.error is not None and ended.error["code"] == "step_crashed"
    assert list(ProviderCost.objects.filter(job_id=job.pk).values_list("certainty", flat=True)) == ["confirmed"] * taken
    assert_books_are_right()
