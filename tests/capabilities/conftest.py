"""The engine with every vendor on this machine."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from gencraft_media.generation.calls import transport
from providers.models import ProviderAccount
from tests.generation.conftest import alice, engine
from tests.vendors.serving import VendorServer
from tests.vendors.together import KEY, PREFIXES, vendors_here

__all__ = ["alice", "engine"]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, VendorServer]]:
    """One server for each vendor, for all cells."""
    with vendors_here(slow_s=0.1) as vendors:
        yield {provider: vendors.of(provider) for provider in PREFIXES}


@pytest.fixture
def vendor_of(engine: None, servers: dict[str, VendorServer], settings: Settings) -> Iterator[dict[str, VendorServer]]:
    """The servers, with the engine's accounts pointed at them."""
    settings.EGRESS_ALLOW = ["127.0.0.1"]
    for provider, server in servers.items():
        ProviderAccount.objects.filter(provider=provider).update(api_key=KEY, base_url=server.url)
    transport.cache_clear()
    yield servers
    transport.cache_clear()
