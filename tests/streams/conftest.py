"""One real web server for all of these tests; its jobs stand still unless a test moves them."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import RunningEngine, running_engine
from tests.streams.clients import opened

HEARTBEAT_S = 0.3
STREAMS_PER_KEY = 4


@pytest.fixture(scope="package")
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    variables = {
        "EVENT_HEARTBEAT_S": str(HEARTBEAT_S),
        "API_REQUESTS_PER_MINUTE": "-1",
        "WATCH_INTERVAL_S": "0.1",
        "STREAMS_PER_KEY": str(STREAMS_PER_KEY),
    }
    with django_db_blocker.unblock(), running_engine(tmp_path_factory.mktemp("web"), "web", **variables) as engine:
        yield engine


@pytest.fixture
def alice(engine: RunningEngine) -> Tenant:
    """Alice with a thousand credits and no limits."""
    return make_tenant()


@pytest.fixture(autouse=True)
def nobody_stays_connected() -> Iterator[None]:
    """Close what a test opened."""
    yield
    while opened:
        opened.pop().close()
