"""An engine to make demos in, with few pictures."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from gencraft_media.common.clock import database_now
from gencraft_media.console.demo import making, pictures, script
from gencraft_media.console.demo.pictures import Gallery
from tests.generation.conftest import alice, engine

__all__ = ["alice", "engine", "evening", "few_pictures", "gallery"]


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    """One for all demos: drawing takes longer than all the rest."""
    return Gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch: pytest.MonkeyPatch, gallery: Gallery) -> None:
    """One of each size."""

    @contextmanager
    def opened() -> Iterator[Gallery]:
        yield gallery

    monkeypatch.setattr(making, "opened_gallery", opened)
    monkeypatch.setattr(making, "SIZES", ())
    monkeypatch.setattr(script, "_VOLUME", 0.3)
    monkeypatch.setattr(pictures, "_USUAL_VARIETY", 1)
    monkeypatch.setattr(pictures, "_RARE_VARIETY", 1)


@pytest.fixture
def evening(engine: None) -> datetime:
    """A moment that most of its day lies before, whatever the time is."""
    return (database_now() - timedelta(days=1)).replace(hour=20, minute=0)
