"""An engine for each test, with a little more patience than the crash tests': many jobs share two cores here."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import RunningEngine, running_engine

PROGRAMS = ("dispatcher", "worker-io", "worker-media")


@pytest.fixture
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    folder = tmp_path_factory.mktemp("engine")
    patience = {"LEASE_S": "4", "LEASE_RENEWAL_S": "1", "HINT_PATIENCE_S": "3", "UNKNOWN_GRACE_S": "60"}
    with django_db_blocker.unblock(), running_engine(folder, *PROGRAMS, **patience) as engine:
        yield engine


@pytest.fixture
def alice(engine: RunningEngine) -> Tenant:
    """Alice with a thousand credits and no limits."""
    return make_tenant()
