"""An engine of their own: what others ask for would be in their way."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.running_engine import ENGINE, RunningEngine, running_engine


@pytest.fixture(scope="package")
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    folder = tmp_path_factory.mktemp("fairness")
    with django_db_blocker.unblock(), running_engine(folder, *ENGINE, API_REQUESTS_PER_MINUTE="-1") as engine:
        yield engine
