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
    for with_services in (False, True):
        options = [run.options[-1] for run in runs if run.with_services is with_services]
        assert sorted(options) == ["--engines=only", "--engines=without"]
    assert not any("--databases-only" in run.options for run in runs if not run.with_services)
