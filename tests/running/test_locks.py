"""The hashed locks: complete, in step with each other, and bound to no index."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-services.lock"]


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_line_names_an_index(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"^(--index-url|--extra-index-url|--find-links|-i|-f)\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_every_named_requirement_is_locked(name: str) -> None:
    source = ROOT / name.replace(".lock", ".txt")
    wanted = re.findall(r"^([a-z0-9._-]+)", source.read_text(), re.MULTILINE | re.IGNORECASE)
    assert {package.lower() for package in wanted if package != "-r"} - pins(name).keys() == set()


def test_tests_run_on_the_versions_that_the_engine_runs_on() -> None:
    development = pins("requirements-dev.lock")
    different = {
        name: version for name, version in pins("requirements.lock").items() if development.get(name) != version
    }
    assert different == {}
