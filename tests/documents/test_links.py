"""Every page can be found, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.documents.world import DOCS, ROOT

PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if "node_modules" not in path.parts)]
# Pages and pictures; a picture may also stand as HTML.
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SOURCE = re.compile(r'src="([^"]+)"')


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> list[str]:
    """Where the links and pictures of a page lead, but for those on other machines."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return [target for target in _LINK.findall(text) + _SOURCE.findall(text) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """The headings of a page, as they are linked to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def test_the_index_names_every_page() -> None:
    named_there = {(DOCS / target.partition("#")[0]).resolve() for target in links(DOCS / "index.md")}
    pages = {page for page in PAGES if page.is_relative_to(DOCS) and (DOCS / "adr") not in page.parents}
    assert pages - named_there == {DOCS / "index.md"}


def test_every_test_that_the_testing_page_names_is_there() -> None:
    folder, missing = "", []
    for name in re.findall(r"`(tests/[\w/]+(?:\.py|/)|test_\w+\.py)`", (DOCS / "testing.md").read_text()):
        folder = name.rpartition("/")[0] if name.startswith("tests/") else folder
        path = ROOT / (name if name.startswith("tests/") else f"{folder}/{name}")
        missing += [] if path.exists() else [name]
    assert missing == []
