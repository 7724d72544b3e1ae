"""The table of capabilities says what the catalogue says."""

from tests.capabilities.cells import cells
from tests.capabilities.document import PATH, text


def test_the_page_of_capabilities_is_the_catalogues() -> None:
    assert PATH.read_text() == text(cells()), "run python -m tests.capabilities.document"
