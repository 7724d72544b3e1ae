"""A server of their own, with production's heartbeat: a quick one would be work for two hundred clients."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.running_engine import RunningEngine, running_engine
from tests.streams.conftest import alice, nobody_stays_connected

__all__ = ["alice", "nobody_stays_connected"]


@pytest.fixture(scope="package")
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    folder = tmp_path_factory.mktemp("crowded")
    variables = {"API_REQUESTS_PER_MINUTE": "-1", "STREAMS_PER_KEY": "1000"}
    with django_db_blocker.unblock(), running_engine(folder, "web", **variables) as engine:
        yield engine
