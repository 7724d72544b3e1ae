"""The page for operators says what the tests have shown."""

from tests.generation.vendors.document import PATH, document


def test_the_page_of_faults_is_what_its_rows_say() -> None:
    assert PATH.read_text(encoding="utf-8") == document(), "run python -m tests.generation.vendors.document"
