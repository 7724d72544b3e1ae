"""The broker forgets everything and both servers restart under a running engine; every job ends, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.factories import make_key
from tests.generation.tenants import Tenant
from tests.outages.crowds import assert_all_ended_once, ended_jobs, start_jobs
from tests.running_engine import RunningEngine
from tests.services import flush_valkey, restart_postgres, restart_valkey

pytestmark = [pytest.mark.services, pytest.mark.crash]
PATIENCE_S = 150.0
JOBS = 50


def test_fifty_jobs_survive_a_flushed_and_restarted_broker_and_a_restarted_database(
    engine: RunningEngine, alice: Tenant
) -> None:
    jobs = start_jobs(alice, JOBS)
    for count, trouble in ((5, flush_valkey), (15, restart_valkey), (25, restart_postgres)):
        engine.wait_until(lambda: ended_jobs() >= count, timeout_s=PATIENCE_S, what=f"{count} ended jobs")  # noqa: B023
        trouble()
    engine.wait_until(lambda: ended_jobs() == JOBS, timeout_s=PATIENCE_S, what="the end of all jobs")
    # kombu 5.7.0 may end a worker that had messages in hand when its broker went; whoever runs it starts it again.
    assert_all_ended_once(engine, jobs)


def test_the_api_answers_as_before_when_the_database_has_restarted(engine: RunningEngine, alice: Tenant) -> None:
    engine.start("web")
    engine.wait_for_web()
    key = {"Authorization": f"Bearer {make_key(alice.project, name='web')[1]}"}

    def ask(_: int) -> int:
        return requests.get(f"{engine.url}/api/media/jobs", headers=key, timeout=30).status_code

    with ThreadPoolExecutor(8) as callers:
        # So many at once that the web process keeps several connections, all of which the restart cuts.
        assert set(callers.map(ask, range(40))) == {200}
        restart_postgres()
        assert set(callers.map(ask, range(40))) == {200}
