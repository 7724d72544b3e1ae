"""Crash points kill only where they are told to, and only one process for one order."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from gencraft_media.common.crashpoints import crashpoint

_PROGRAM = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
from gencraft_media.common.crashpoints import crashpoint
crashpoint("after-call")
print("survived")
"""


def _run(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM], env={**os.environ, **variables}, capture_output=True, text=True, timeout=60
    )


def test_without_the_switch_nothing_happens() -> None:
    crashpoint("after-call")


def test_a_named_point_kills_as_kill_9_does_and_only_the_first_who_comes(tmp_path: Path) -> None:
    (tmp_path / "after-call").touch()
    ended = _run(CRASHPOINTS=str(tmp_path))
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout == ""
    assert _run(CRASHPOINTS=str(tmp_path)).stdout == "survived\n"


def test_another_name_kills_nobody(tmp_path: Path) -> None:
    (tmp_path / "before-call").touch()
    assert _run(CRASHPOINTS=str(tmp_path)).stdout == "survived\n"
    assert (tmp_path / "before-call").exists()


def test_a_point_can_be_named_while_the_process_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(number))
    settings.CRASHPOINTS = str(tmp_path)
    crashpoint("here")
    assert killed == []
    (tmp_path / "here").touch()
    crashpoint("here")
    crashpoint("here")
    assert killed == [signal.SIGKILL]
