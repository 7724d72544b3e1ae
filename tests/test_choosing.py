"""The suites leave to each other only what may be left."""

import pytest

from tests.choosing import starts_engines, uses_database
from tests.suites import CHOICES


def test_what_comes_to_no_database_is_told_apart(request: pytest.FixtureRequest) -> None:
    assert not uses_database(request.node)
    assert not starts_engines(request.node)


@pytest.mark.django_db
def test_a_marker_says_that_a_test_uses_the_database(request: pytest.FixtureRequest) -> None:
    assert uses_database(request.node)


def test_so_does_a_fixture(request: pytest.FixtureRequest, django_db_setup: None) -> None:
    assert uses_database(request.node)


def test_one_suite_runs_everything_that_needs_no_server() -> None:
    assert all("--databases-only" not in choices for choices in CHOICES.values() if "not services" in str(choices))
