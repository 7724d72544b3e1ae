"""Each vendor on this machine, with the engine's account pointed at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pytest_django import Settings

from gencraft_media.generation.calls import transport
from providers.models import ProviderAccount
from tests.generation.vendors.openai_faults import OPENAI
from tests.generation.vendors.table import Vendor
from tests.vendors.openai.server import Server as OpenAiServer
from tests.vendors.serving import VendorServer

KEY = "sk-canary-0123456789"

Serve = Callable[[Vendor], VendorServer]


@pytest.fixture
def serve(engine: None, settings: Settings) -> Iterator[Serve]:
    """Start a vendor's server, at which the engine's only account of that vendor is."""
    with ExitStack() as servers:

        def start(vendor: Vendor) -> VendorServer:
            server = servers.enter_context(vendor.server(slow_s=0.1))
            settings.EGRESS_ALLOW = ["127.0.0.1"]
            ProviderAccount.objects.filter(provider=vendor.provider).update(api_key=KEY, base_url=server.url)
            transport.cache_clear()
            return server

        yield start
    transport.cache_clear()


@pytest.fixture
def openai(serve: Serve) -> OpenAiServer:
    """OpenAI's server."""
    server = serve(OPENAI)
    assert isinstance(server, OpenAiServer)
    return server
