"""One running engine for all tests with the official client, which speaks to it as to OpenAI."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from openai import OpenAI
from pytest_django.plugin import DjangoDbBlocker

from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import ENGINE, RunningEngine, running_engine
from tests.vendors.openai.server import Server

ClientMaker: TypeAlias = Callable[..., OpenAI]


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
    """An engine with an account at that vendor."""
    account = {"OPENAI_API_KEY": "sk-loopback", "OPENAI_BASE_URL": vendor.url, "EGRESS_ALLOW": "127.0.0.1"}
    folder = tmp_path_factory.mktemp("engine")
    short = {"EVENT_HEARTBEAT_S": "0.4"}
    with django_db_blocker.unblock(), running_engine(folder, *ENGINE, **account, **short) as engine:
        yield engine


@pytest.fixture
def alice(engine: RunningEngine) -> Tenant:
    """Alice with a thousand credits and no limits."""
    return make_tenant()


@pytest.fixture
def client_of(engine: RunningEngine) -> Iterator[ClientMaker]:
    """Makes official clients with their own defaults: two retries, and the time-out of the vendor."""
    made: list[OpenAI] = []

    def make(token: str, **options: Any) -> OpenAI:
        made.append(OpenAI(api_key=token, base_url=options.pop("base_url", f"{engine.url}/v1"), **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(client_of: ClientMaker, alice: Tenant) -> OpenAI:
    """The official client with Alice's key."""
    return client_of(alice.token)
