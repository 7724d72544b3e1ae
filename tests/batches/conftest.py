"""A whole engine whose jobs may be larger than usual."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.running_engine import ENGINE, RunningEngine, running_engine

LARGEST_BATCH = 60


@pytest.fixture(scope="package")
def engine(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningEngine]:
    variables = {
        "BATCH_SIZE_LIMIT": str(LARGEST_BATCH),
        "API_REQUESTS_PER_MINUTE": "-1",
        # Nothing dies here: on a busy machine a short lease would only be lost and done again.
        "LEASE_S": "15",
        "LEASE_RENEWAL_S": "4",
        "HINT_PATIENCE_S": "5",
    }
    with (
        django_db_blocker.unblock(),
        running_engine(tmp_path_factory.mktemp("batches"), *ENGINE, **variables) as engine,
    ):
        yield engine
