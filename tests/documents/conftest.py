"""One running engine for all programs of the pages, with an account at OpenAI on loopback."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.documents.world import Reader
from tests.generation.tenants import make_tenant
from tests.running_engine import ENGINE, RunningEngine, running_engine
from tests.vendors.openai.server import Server


@pytest.fixture(scope="package")
def vendor() -> Iterator[Server]:
    """OpenAI as the engine knows it."""
    with Server() as vendor:
        yield vendor
        assert vendor.violations == []


@pytest.fixture(scope="package")
def engine(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    vendor: Server,
) -> Iterator[RunningEngine]:
    """What somebody has after `OPENAI_API_KEY=sk-… make run`."""
    account = {"OPENAI_API_KEY": "sk-loopback", "OPENAI_BASE_URL": vendor.url, "EGRESS_ALLOW": "127.0.0.1"}
    with django_db_blocker.unblock(), running_engine(tmp_path_factory.mktemp("engine"), *ENGINE, **account) as engine:
        yield engine


@pytest.fixture
def reader(engine: RunningEngine) -> Reader:
    """Somebody who follows the pages, with a key and a thousand credits."""
    return Reader(engine.url, make_tenant("reader").token)
