"""Each vendor on this machine, with the engine's account pointed at it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from gencraft_media.generation.calls import transport
from providers.models import ProviderAccount
from tests.generation.vendors.openai_faults import OPENAI
from tests.generation.vendors.table import Vendor
from tests.vendors.flux.server import Server as FluxServer
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
            settings.PROVIDER_CALLBACKS = vendor.callbacks
            if isinstance(server, FluxServer):
                server.webhooks.post = call_here
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


def call_here(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST to this process's own views from a thread of the vendor's, as if PUBLIC_URL led here."""
    try:
        own = dict(headers)
        answer = Client().generic(
            "POST", urlsplit(url).path, body, content_type=own.pop("Content-Type", ""), headers=own
        )
        return answer.status_code
    finally:
        connections.close_all()
