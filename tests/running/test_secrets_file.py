"""Secrets are made once and stay."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from gencraft_media.console.secrets_file import ensure_secrets


@pytest.fixture(autouse=True)
def no_secrets_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SEALING_KEYS", raising=False)


def read(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def test_makes_both_secrets_readable_by_the_owner_alone(tmp_path: Path) -> None:
    path = ensure_secrets(tmp_path / "var")
    made = read(path)
    assert made.keys() == {"SECRET_KEY", "SEALING_KEYS"}
    assert len(made["SECRET_KEY"]) >= 50
    Fernet(made["SEALING_KEYS"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    before = ensure_secrets(tmp_path).read_bytes()
    assert ensure_secrets(tmp_path).read_bytes() == before


def test_keeps_what_an_operator_wrote_and_adds_only_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("SECRET_KEY=mine\n")
    made = read(ensure_secrets(tmp_path))
    assert made["SECRET_KEY"] == "mine"
    assert made["SEALING_KEYS"]


def test_writes_no_secret_that_the_environment_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "from outside")
    assert read(ensure_secrets(tmp_path)).keys() == {"SEALING_KEYS"}
