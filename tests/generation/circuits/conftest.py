"""An account with OpenAI and calls to it, in a database of its own."""

import pytest

from tests.generation.circuits.calls import Calls, make_account
from tests.generation.rows import load_rows


@pytest.fixture
def calls(db: None) -> Calls:
    """Calls with the engine's only account of that vendor."""
    load_rows()
    return Calls(make_account())
