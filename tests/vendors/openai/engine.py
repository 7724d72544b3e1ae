"""A running engine with an account at OpenAI on loopback: the fixtures of every package whose tests speak to one."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.running_engine import ENGINE, RunningEngine, running_engine
from tests.vendors.openai.server import Server

__all__ = ["engine", "vendor"]


@pytest.fixture(scope="package")
def vendor() -> Iterator[Server]:
    """OpenAI as the engine knows it, on loopback."""
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
    """What somebody has after `OPENAI_API_KEY=sk-… make run`, with a quick heartbeat."""
    account = {
        "OPENAI_API_KEY": "sk-loopback",
        "OPENAI_BASE_URL": vendor.url,
        "EGRESS_ALLOW": "127.0.0.1",
        "CLIENT_EGRESS_ALLOW": "127.0.0.1",
    }
    folder = tmp_path_factory.mktemp("engine")
    short = {"EVENT_HEARTBEAT_S": "0.4"}
    with django_db_blocker.unblock(), running_engine(folder, *ENGINE, **account, **short) as engine:
        yield engine
