"""No crash point in the code without a test that kills a process there."""

import re
from pathlib import Path

from tests.crash.scenarios import CRASHES

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("gencraft_media", "providers", "assets", "billing")


def points_in_the_code() -> list[str]:
    texts = [path.read_text() for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [name for text in texts for name in re.findall(r'\bcrashpoint\("([^"]+)"\)', text)]


def points_in_tests() -> set[str]:
    folder = Path(__file__).parent
    texts = [(folder / f"test_killed_{kind}.py").read_text() for kind in ("web", "housekeeping", "webhooks", "uploads")]
    return {crash.point for crash in CRASHES} | {name for text in texts for name in re.findall(r'"([a-z_.]+)"', text)}


def test_every_crash_point_has_a_test() -> None:
    points = points_in_the_code()
    assert set(points) <= points_in_tests()
    assert len(points) == len(set(points)), "each name stands for one place"
    assert len(points) >= 14


def test_every_crash_test_names_a_point_that_exists() -> None:
    assert {crash.point for crash in CRASHES} <= set(points_in_the_code())
