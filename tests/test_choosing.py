"""The runs of the test command leave to each other only what may be left."""

import pytest

from tests.choosing import starts_engines, uses_database
from tests.suites import LANES


def test_what_comes_to_no_database_is_told_apart(request: pytest.FixtureRequest) -> None:
    assert not uses_database(request.node)
    assert not starts_engines(request.node)


@pytest.mark.django_db
def test_a_marker_says_that_a_test_uses_the_database(request: pytest.FixtureRequest) -> None:
    assert uses_database(request.node)


def test_so_does_a_fixture(request: pytest.FixtureRequest, django_db_setup: None) -> None:
    assert uses_database(request.node)


def test_every_test_is_in_a_run_of_each_kind() -> None:
    runs = [run for lane in LANES for run in lane]
    on_databases = [run for run in runs if "--databases=only" in run.options]
    assert sorted((run.with_services, run.options[-1]) for run in on_databases) == [
        (with_services, f"--engines={wish}") for with_services in (False, True) for wish in ("only", "without")
    ]
    [rest] = [run for run in runs if run not in on_databases]
    assert rest.options == ("-m", "not soak", "--databases=without")
