"""Receivers on this machine, for senders in the test's own thread and for senders in many."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from gencraft_media.webhooks import sending
from tests.webhooks.receivers import Forbidden, Receivers, running


@contextmanager
def _receivers(settings: Settings) -> Iterator[Receivers]:
    made = Receivers()
    settings.CLIENT_EGRESS_ALLOW = [made.netloc]
    settings.API_REQUESTS_PER_MINUTE = -1
    with running(made.serve, made.stop):
        yield made


@pytest.fixture
def receivers(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receivers]:
    """A server that webhooks may be sent to, inside the test's transaction."""
    monkeypatch.setattr(sending, "release_connection", lambda: None)
    with _receivers(settings) as made:
        yield made


@pytest.fixture
def live_receivers(transactional_db: None, settings: Settings) -> Iterator[Receivers]:
    """The same for senders in threads of their own, which must not hold a transaction while they wait."""
    with _receivers(settings) as made:
        yield made


@contextmanager
def _forbidden(receivers: Receivers) -> Iterator[Forbidden]:
    made = Forbidden()
    receivers.redirect_to = f"http://127.0.0.1:{made.port}/"
    with running(made.listen, made.stop):
        yield made


@pytest.fixture
def forbidden(receivers: Receivers) -> Iterator[Forbidden]:
    """A listener on this machine that nobody may connect to."""
    with _forbidden(receivers) as made:
        yield made


@pytest.fixture
def live_forbidden(live_receivers: Receivers) -> Iterator[Forbidden]:
    """The same beside `live_receivers`."""
    with _forbidden(live_receivers) as made:
        yield made
