"""What the terminal shows once the engine runs: a newcomer always learns how to log in."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest
from pytest_django import Settings

from gencraft_media.console import running
from gencraft_media.console.first_run import FirstRun
from gencraft_media.console.sample import Client, SampleMissed

ADDRESS = "http://127.0.0.1:8000"
FIRST_RUN = FirstRun("http://localhost:8000", "admin@gencraft.local", "a password", "mge_live_key", "project")
JOB = {"id": "job-1", "result": {"cdnUrl": "http://localhost:8000/media/a.webp"}, "cost": {"creditsCharged": 4}}


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def test_a_newcomer_sees_a_picture_and_how_to_log_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(running, "make_sample", lambda *arguments: JOB)
    running.greet(ADDRESS, FIRST_RUN)
    said = capsys.readouterr().out
    assert said.index("/media/a.webp") < said.index("a password") < said.index("Ready at")
    assert json.loads((folder / "first-sample.json").read_text()) == {"jobId": "job-1"}


def test_a_newcomer_without_a_picture_sees_why_and_how_to_log_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def miss(*arguments: Any) -> NoReturn:
        raise SampleMissed("The first picture ended as failed.")

    monkeypatch.setattr(running, "make_sample", miss)
    running.greet(ADDRESS, FIRST_RUN)
    said = capsys.readouterr().out
    assert said.index("ended as failed") < said.index("a password") < said.index("Ready at")
    assert not (folder / "first-sample.json").exists()


def test_the_log_in_is_not_shown_to_whoever_looks_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Client, "wait_until_ready", lambda client: None)
    (folder / "first-sample.json").write_text("{}")
    running.greet(ADDRESS, FIRST_RUN)
    said = capsys.readouterr().out
    assert "a password" not in said and "Ready at" in said
