"""Options of the test command: which tests a suite leaves to the other, and which come first."""

import pytest

_DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup"})
_DATABASE_MARKERS = ("django_db", "services")
# Their tests start engines of many processes.
_ENGINE_FOLDERS = ("batches", "crash", "crowd", "fairness", "generation/compatible/live", "outages", "streams")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options that `tests.suites` gives."""
    parser.addoption("--databases-only", action="store_true", help="leave out what comes to no database")
    parser.addoption("--processes-first", action="store_true", help="begin with what starts engines")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop and sort as the options say."""
    if config.getoption("--databases-only"):
        left_out = [item for item in items if not uses_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if uses_database(item)]
    if config.getoption("--processes-first"):
        items.sort(key=lambda item: not starts_engines(item))


def uses_database(item: pytest.Item) -> bool:
    """Whether it comes to the database at all, itself or with an engine that it starts."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return not _DATABASE_FIXTURES.isdisjoint(fixtures) or any(map(item.get_closest_marker, _DATABASE_MARKERS))


def starts_engines(item: pytest.Item) -> bool:
    """Whether it keeps more than one core busy."""
    return item.nodeid.startswith(tuple(f"tests/{folder}/" for folder in _ENGINE_FOLDERS))
