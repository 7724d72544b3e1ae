"""One running engine for all tests with the official client, which speaks to it as to OpenAI."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from openai import OpenAI

from tests.generation.tenants import Tenant, make_tenant
from tests.running_engine import RunningEngine
from tests.vendors.openai.engine import engine, vendor

__all__ = ["alice", "client", "client_of", "engine", "vendor"]

ClientMaker: TypeAlias = Callable[..., OpenAI]


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
