"""Many callers at once on a real PostgreSQL, through the API."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from gencraft_media.generation.dispatcher import PROVIDER_STATES, Lane, dispatch_due
from gencraft_media.generation.limits import IN_PROVIDER
from gencraft_media.generation.models import GenerationAttempt, GenerationJob, IdempotencyRecord
from gencraft_media.generation.states import AttemptState
from gencraft_media.generation.workflow import PROVIDER_STEPS, advance
from providers.models import ProviderAccount
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, make_tenant
from tests.generation.wire import Wire

pytestmark = pytest.mark.services


def at_once(calls: list[Callable[[], Any]], *, threads: int = 10) -> list[Any]:
    """The results of all calls, made from many threads that begin together."""
    begin = threading.Barrier(min(threads, len(calls)))
    waited = threading.local()

    def run(call: Callable[[], Any]) -> Any:
        if not hasattr(waited, "done"):
            waited.done = True
            begin.wait(timeout=30)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(min(threads, len(calls))) as pool:
        return list(pool.map(run, calls))


def asking(tenant: Tenant, **fields: Any) -> Callable[[], Any]:
    """A request of its own client: test clients are not made for threads."""
    return lambda: Tenant(tenant.project, tenant.token).ask(**fields)


def test_fifty_parallel_requests_on_credits_for_three_are_exactly_three(engine: None) -> None:
    poor = make_tenant(credits=12)
    answers = at_once([asking(poor) for _ in range(50)])
    assert Counter(answer.status_code for answer in answers) == {202: 3, 402: 47}
    assert (poor.account.available, poor.account.held, GenerationJob.objects.count()) == (0, 12, 3)
    for job in GenerationJob.objects.all():
        assert drive(job).status == "completed"
    assert (poor.account.available, poor.account.held) == (0, 0)


def test_twenty_callers_with_one_idempotency_key_make_one_job(engine: None) -> None:
    poor = make_tenant(credits=4)
    answers = at_once([asking(poor, key="k-1") for _ in range(20)], threads=20)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.get("Idempotent-Replayed", "") for answer in answers) == [""] + ["true"] * 19
    assert (GenerationJob.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)


def test_a_plans_running_jobs_are_never_exceeded(engine: None) -> None:
    free = make_tenant(credits=500, plan="free")
    answers = at_once([asking(free, model="sim/standard") for _ in range(12)])
    assert Counter(answer.status_code for answer in answers) == {202: 2, 429: 10}


def test_a_plans_outputs_are_never_exceeded(engine: None) -> None:
    tenant = make_tenant(credits=500, plan="free")
    answers = at_once([asking(tenant, model="sim/standard", batchSize=7) for _ in range(10)])
    assert Counter(answer.status_code for answer in answers) == {202: 1, 429: 9}


def test_the_first_requests_of_a_month_do_not_refuse_each_other(engine: None) -> None:
    for _ in range(5):
        tenant = make_tenant(credits=0)
        answers = at_once([asking(tenant, model="sim/standard") for _ in range(12)], threads=12)
        assert Counter(answer.status_code for answer in answers) == {202: 12}


def test_twenty_cancels_of_one_job_release_its_credits_once(alice: Tenant) -> None:
    job = alice.start()
    answers = at_once([lambda: Tenant(alice.project, alice.token).cancel(job) for _ in range(20)])
    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 19}
    assert (alice.account.available, alice.account.held) == (1000, 0)


def test_many_workers_on_one_attempt_send_one_request(alice: Tenant, wire: Wire) -> None:
    attempt = GenerationAttempt.objects.get(job=alice.start("sim/stuck"))
    at_once([lambda: advance(str(attempt.pk), {AttemptState.PLANNED: PROVIDER_STEPS[AttemptState.PLANNED]})] * 12)
    assert len(wire.posts()) == 1


def test_many_workers_never_exceed_an_accounts_concurrent_requests(alice: Tenant, wire: Wire) -> None:
    ProviderAccount.objects.filter(provider="sim").update(concurrent_requests=3)
    attempts = [GenerationAttempt.objects.get(job=alice.start("sim/stuck")) for _ in range(12)]
    at_once([lambda pk=attempt.pk: advance(str(pk), PROVIDER_STEPS) for attempt in attempts], threads=12)  # type: ignore[misc]
    assert (len(wire.posts()), GenerationAttempt.objects.filter(state__in=IN_PROVIDER).count()) == (3, 3)


def test_many_workers_never_exceed_an_accounts_requests_a_minute(alice: Tenant, wire: Wire) -> None:
    ProviderAccount.objects.filter(provider="sim").update(requests_per_minute=4)
    attempts = [GenerationAttempt.objects.get(job=alice.start("sim/moderated")) for _ in range(12)]
    at_once([lambda pk=attempt.pk: advance(str(pk), PROVIDER_STEPS) for attempt in attempts], threads=12)  # type: ignore[misc]
    assert len(wire.posts()) == 4


def test_two_dispatchers_hint_each_attempt_once(alice: Tenant) -> None:
    alice.start("sim/standard", batchSize=50)
    alice.start("sim/priced", batchSize=40)
    hinted: list[object] = []
    lane = Lane(PROVIDER_STATES, 100, hinted.append)
    counts = at_once([lambda: dispatch_due([lane])] * 6, threads=6)
    assert len(hinted) == len(set(hinted)) == sum(counts) == 53


def test_a_dispatcher_steps_over_what_another_one_has_in_hand(alice: Tenant) -> None:
    attempts = [GenerationAttempt.objects.get(job=alice.start()) for _ in range(3)]
    hinted: list[object] = []
    locked, done = threading.Event(), threading.Event()

    def hold_one() -> None:
        try:
            with transaction.atomic():
                GenerationAttempt.objects.select_for_update().get(pk=attempts[0].pk)
                locked.set()
                done.wait(timeout=20)
        finally:
            connection.close()

    holder = threading.Thread(target=hold_one)
    holder.start()
    try:
        assert locked.wait(timeout=20)
        dispatch_due([Lane(PROVIDER_STATES, 10, hinted.append)])
    finally:
        done.set()
        holder.join(timeout=20)
    assert set(hinted) == {attempt.pk for attempt in attempts[1:]}
