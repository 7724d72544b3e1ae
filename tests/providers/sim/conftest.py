"""What the tests of sim's operations share."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from providers.sim.jobs import SimJob


@pytest.fixture
def spool(settings: Settings, tmp_path: Path) -> Path:
    """A spool of its own."""
    settings.DATA_DIR = tmp_path / "var"
    return tmp_path / "var" / "sim"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job is finished at once."""
    monkeypatch.setattr(SimJob, "remaining_s", 0.0)
