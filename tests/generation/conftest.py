"""What every test of the engine starts from: catalogue, prices, storage of its own, and a clock for sim."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from billing.pricelist import forget_prices
from gencraft_media.generation.auditor import audit_engine
from gencraft_media.generation.calls import transport
from providers.sim import jobs
from tests.generation.driving import SIM_CLOCK
from tests.generation.rows import load_rows
from tests.generation.tenants import Tenant, make_tenant
from tests.generation.wire import Wire


@pytest.fixture
def engine(
    transactional_db: None,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """An engine without tenants, whose books must be right when the test ends.

    Transactional: the engine refuses to call providers inside a transaction.
    """
    settings.MEDIA_STORAGE_DIR = tmp_path / "media"
    settings.PRIVATE_STORAGE_DIR = tmp_path / "private"
    settings.SIM_JOURNAL = str(tmp_path / "submissions")
    settings.API_REQUESTS_PER_MINUTE = -1
    monkeypatch.setattr(jobs, "time", SIM_CLOCK)
    forget_prices()
    load_rows()
    yield
    forget_prices()
    assert audit_engine() == []


@pytest.fixture
def alice(engine: None) -> Tenant:
    """Alice with a thousand credits and no limits."""
    return make_tenant()


@pytest.fixture
def wire(engine: None, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The line to the providers, for listening and for cutting."""
    listening = Wire(transport().send)
    monkeypatch.setattr(transport(), "send", listening)
    return listening
