"""One engine for all crash tests: its processes die and are started again, the engine goes on."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import ENGINE, RunningEngine, running_engine


@pytest.fixture(scope="package")
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    with (
        django_db_blocker.unblock(),
        running_engine(tmp_path_factory.mktemp("engine"), *ENGINE, CLIENT_EGRESS_ALLOW="127.0.0.1") as engine,
    ):
        yield engine


@pytest.fixture
def alice(engine: RunningEngine) -> Tenant:
    """Alice with a thousand credits and no limits."""
    return make_tenant()
