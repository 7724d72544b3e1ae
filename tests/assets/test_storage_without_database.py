"""While the database does not answer, pictures are served and kept where the last reading said."""

from pathlib import Path

import pytest
from django.db import OperationalError
from pytest_django import Settings

from assets import storage_choice
from assets.models import StorageKind, StorageSettings
from assets.storage import current_store, find_public, public_url
from tests.assets.test_storage import KEY


@pytest.fixture(autouse=True)
def questions(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the database was asked for, which answers nothing; the tests' own is not asked here."""
    asked: list[object] = []

    def away(kind: object) -> None:
        asked.append(kind)
        raise OperationalError("the database is away")

    monkeypatch.setattr(storage_choice, "current_settings", away)
    monkeypatch.setattr(storage_choice, "_last_read", None)
    monkeypatch.setattr(storage_choice, "_asked_again_at", 0.0)
    return asked


def test_the_environment_holds_where_nothing_was_read_yet(folders: Path, settings: Settings) -> None:
    settings.CDN_URL = "https://cdn.example.com"
    assert current_store().backend == "local"
    assert public_url(KEY) == f"https://cdn.example.com/{KEY}"
    assert find_public("media/no-such/object.webp") is None


def test_what_was_read_last_holds_until_it_answers_again(monkeypatch: pytest.MonkeyPatch) -> None:
    last = StorageSettings(version=3, kind=StorageKind.LOCAL, cdn_url="https://dashboard.example.com")
    monkeypatch.setattr(storage_choice, "_last_read", last)
    assert public_url(KEY) == f"https://dashboard.example.com/{KEY}"


def test_it_is_not_asked_for_every_picture(settings: Settings, questions: list[object]) -> None:
    settings.FRESH_FOR_S = 60.0
    for _ in range(3):
        assert current_store().backend == "local"
    assert len(questions) == 1
