"""Workers and dispatcher are killed at random moments of many jobs; all end once."""

import random

import pytest

from tests.generation.tenants import Tenant
from tests.outages.conftest import PROGRAMS
from tests.outages.crowds import EVENTS_OF_A_JOB, assert_all_ended_once, ended_jobs, start_jobs, told_events
from tests.running_engine import RunningEngine

pytestmark = pytest.mark.crash
PATIENCE_S = 240.0


def survive(engine: RunningEngine, alice: Tenant, *, jobs: int, kills: int, seed: int) -> None:
    """Kill a program whenever the jobs have told so many events, the numbers drawn from the seed."""
    chance = random.Random(seed)
    moments = sorted(chance.sample(range(jobs + 1, jobs * (EVENTS_OF_A_JOB - 1)), kills))
    victims = [PROGRAMS[number % len(PROGRAMS)] for number in range(kills)]
    chance.shuffle(victims)
    accepted = start_jobs(alice, jobs)
    for moment, victim in zip(moments, victims, strict=True):
        engine.wait_until(lambda: told_events() >= moment, timeout_s=PATIENCE_S, what=f"event {moment}")  # noqa: B023
        engine.kill(victim)
    engine.wait_until(lambda: ended_jobs() == jobs, timeout_s=PATIENCE_S, what=f"the end of all jobs, seed {seed}")
    assert sum(engine.deaths.values()) == kills, "nothing dies by itself"
    assert_all_ended_once(engine, accepted)


def test_a_hundred_jobs_survive_ten_kills(engine: RunningEngine, alice: Tenant) -> None:
    survive(engine, alice, jobs=100, kills=10, seed=0)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_hundred_jobs_survive_thirty_kills(engine: RunningEngine, alice: Tenant, seed: int) -> None:
    survive(engine, alice, jobs=100, kills=30, seed=seed)
