"""What a provider allows is never exceeded by several workers, as the provider itself counts it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from gencraft_media.generation.models import Circuit, GenerationAttempt, GenerationJob
from gencraft_media.generation.states import AttemptState
from providers.kinds import OPENAI_COMPATIBLE
from tests.generation.tenants import Tenant, make_tenant
from tests.outages.crowds import ended_jobs
from tests.outages.load import SMALL
from tests.outages.troubled import TroubledServer
from tests.proofs import assert_books_are_right
from tests.providers.custom_rows import make_custom_model
from tests.running_engine import RunningEngine, running_engine
from tests.vendors.openai_compatible.server import Server

AT_ONCE, A_MINUTE = 4, 50
WORKERS = ("worker-io", "worker-io-2", "worker-io-3", "worker-io-4")
PROVIDER = "limited"
# The engine looks for due work many times in so many seconds.
QUIET_S = 3.0


@pytest.fixture
def server() -> Iterator[TroubledServer]:
    with TroubledServer(Server(), latency_s=0.4) as server:
        yield server


@pytest.fixture
def engine(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path: Path,
    server: TroubledServer,
    settings: Settings,
) -> Iterator[RunningEngine]:
    """One dispatcher and four workers, and an account with both limits."""
    settings.FRESH_FOR_S = 1.0
    with (
        django_db_blocker.unblock(),
        running_engine(tmp_path, "dispatcher", "worker-io", EGRESS_ALLOW="127.0.0.1") as engine,
    ):
        for name in WORKERS[1:]:
            engine.programs[name] = tuple(word.replace("io@", f"{name}@") for word in engine.programs["worker-io"])
        limits: dict[str, Any] = {"concurrent_requests": AT_ONCE, "requests_per_minute": A_MINUTE}
        make_custom_model(OPENAI_COMPATIBLE, server.url, provider=PROVIDER, price="0.001", **limits)
        engine.start(*WORKERS[1:])
        yield engine


def start(alice: Tenant, count: int) -> None:
    """So many jobs at once."""
    for number in range(count):
        alice.start("house-model", provider=PROVIDER, prompt=f"Lamp {number}", **SMALL)


def delays_s(server: TroubledServer) -> list[float]:
    """How long each request was on its way to the server, from the moment that the engine counted it."""
    sent = dict(GenerationAttempt.objects.filter(submitted_at__isnull=False).values_list("pk", "submitted_at"))
    meant = {str(pk): moment.timestamp() for pk, moment in sent.items() if moment is not None}
    return [moment - meant[attempt_id] for moment, attempt_id in server.counted.arrivals]


def test_four_workers_keep_the_limits_of_an_account(engine: RunningEngine, server: TroubledServer) -> None:
    alice, count = make_tenant(), A_MINUTE + 8
    start(alice, count)
    arrivals = server.counted.arrivals
    engine.wait_until(
        lambda: len(arrivals) >= A_MINUTE and arrivals[A_MINUTE - 1][0] < time.time() - QUIET_S,
        timeout_s=60,
        what="a full minute, and some time in which more could have come",
    )
    assert len(arrivals) == A_MINUTE
    assert GenerationAttempt.objects.filter(state=AttemptState.PLANNED).count() == count - A_MINUTE
    assert server.counted.most_at_once == AT_ONCE
    assert len({attempt_id for _, attempt_id in arrivals}) == A_MINUTE
    assert not Circuit.objects.exists()
    assert not GenerationJob.objects.filter(status="failed").exists()


@pytest.mark.soak
def test_three_hundred_jobs_never_exceed_the_limits(engine: RunningEngine, server: TroubledServer) -> None:
    alice, count = make_tenant(), 300
    start(alice, count)
    engine.start("worker-media")
    engine.wait_until(lambda: ended_jobs() == count, timeout_s=600, what="the end of all jobs")
    assert list(GenerationJob.objects.exclude(status="completed").values_list("model", "error")) == []
    counted, delays = server.counted, delays_s(server)
    assert len(counted.arrivals) == count
    assert (counted.most_at_once, counted.most_within(60.0)) <= (AT_ONCE, A_MINUTE)
    print(  # noqa: T201 (figures of docs/circuits.md)
        f"most at once {counted.most_at_once}, most within 60 s {counted.most_within(60.0)}, "
        f"on the way {min(delays):.3f} to {max(delays):.3f} s, "
        f"all within {counted.arrivals[-1][0] - counted.arrivals[0][0]:.0f} s"
    )
    assert_books_are_right()
