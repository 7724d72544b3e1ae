"""What every test of the hub starts from: the catalogue, the prices, and Sam's browser."""

import pytest

from tests.console.media_settings.hub import Hub
from tests.factories import make_super_admin
from tests.generation.rows import load_rows


@pytest.fixture
def catalogue(db: None) -> None:
    """The catalogue and the prices."""
    load_rows()


@pytest.fixture
def sam(catalogue: None) -> Hub:
    """Sam's browser; he logged in a moment ago."""
    return Hub(make_super_admin())
