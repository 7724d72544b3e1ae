"""Numbers that the engine cannot work with stop its start, with a word on what may be."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.suites import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = "import django; django.setup(); from django.conf import settings; print(settings.BATCH_SIZE_LIMIT)"


def start(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Read the settings as a program of the engine does."""
    environment = {
        **clean_environment(),
        "DJANGO_SETTINGS_MODULE": "gencraft_media.settings",
        "SECRET_KEY": "x",
        "SEALING_KEYS": "GdJ5rNpfNgHhwd_3MUWgP2f0YV0XU1Nl7Hq6mJQ2b5s=",
        "DATA_DIR": str(folder),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_batch_may_be_set_to_two_hundred(tmp_path: Path) -> None:
    started = start(tmp_path, BATCH_SIZE_LIMIT="200")
    assert (started.returncode, started.stdout.strip()) == (0, "200"), started.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("BATCH_SIZE_LIMIT", "201"), ("BATCH_SIZE_LIMIT", "0"), ("STREAMS_PER_KEY", "0")]
)
def test_other_numbers_stop_the_start(tmp_path: Path, name: str, value: str) -> None:
    started = start(tmp_path, **{name: value})
    assert started.returncode != 0
    assert f"{name} is {value}; it may be" in started.stderr
