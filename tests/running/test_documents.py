"""What README and docs point at exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    links = re.findall(r"\]\(([^)#]+)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_every_test_that_the_map_names_exists() -> None:
    folder, missing = ROOT, []
    for name in re.findall(
        r"`((?:tests/[a-z/]+|test_[a-z_]+\.py)[a-z_./]*)`", (ROOT / "docs" / "testing.md").read_text()
    ):
        path = ROOT / name if name.startswith("tests/") else folder / name
        folder = path.parent if path.suffix else path
        if not path.exists():
            missing.append(name)
    assert missing == []
