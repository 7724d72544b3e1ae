"""One running engine for all programs of the pages, with an account at OpenAI on loopback."""

import pytest

from tests.documents.world import Reader
from tests.generation.tenants import make_tenant
from tests.running_engine import RunningEngine
from tests.vendors.openai.engine import engine, vendor

__all__ = ["engine", "vendor"]


@pytest.fixture
def reader(engine: RunningEngine) -> Reader:
    """Somebody who follows the pages, with a key and a thousand credits."""
    return Reader(engine.url, make_tenant("reader").token)
