"""What the provider tests share."""

from collections.abc import Iterator

import pytest

from providers.catalogue import load_catalogue
from tests.providers.loopback import Loopback, running_loopback


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """A scripted provider on this machine."""
    with running_loopback() as server:
        yield server


@pytest.fixture
def catalogue(db: None) -> None:
    """The catalogue file as rows."""
    load_catalogue()
