"""A process is killed at every step of a job's life; whoever comes after it finishes the job, once."""

import pytest

from tests.crash.scenarios import CRASHES, Crash
from tests.generation.tenants import Tenant
from tests.proofs import assert_books_are_right, assert_ended_once, has_ended, stray_objects
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash
RECOVERY_S = 40.0


@pytest.mark.parametrize("crash", CRASHES, ids=str)
def test_a_job_whose_process_is_killed_ends_once(engine: RunningEngine, alice: Tenant, crash: Crash) -> None:
    deaths = engine.deaths.get(crash.program, 0)
    engine.arm(crash.point)
    job = alice.start(**crash.asked, batchSize=crash.count, seed=8)
    engine.wait_until(lambda: has_ended(job.pk), timeout_s=RECOVERY_S, what=f"the end of the job killed at {crash}")
    engine.wait_until(lambda: engine.deaths.get(crash.program, 0) > deaths, timeout_s=5, what="a death")
    assert engine.deaths[crash.program] == deaths + 1
    assert not engine.is_armed(crash.point)
    assert_ended_once(engine, job.pk, status=crash.status, delivered=crash.expected, paid=crash.paid)
    assert stray_objects(engine) == set()
    assert_books_are_right()
