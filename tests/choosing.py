"""Options of the test command: which tests a run leaves to the others."""

import pytest

_DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup"})
_DATABASE_MARKERS = ("django_db", "services")
# Their tests start engines of many processes, and wait for what those do.
_ENGINES = tuple(
    f"tests/{name}"
    for name in (
        "batches/",
        "crash/",
        "crowd/",
        "fairness/",
        "generation/compatible/live/",
        "generation/vendors/test_flux_process.py",
        "generation/vendors/test_processes.py",
        "outages/",
        "services/",
        "streams/",
    )
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two options that `tests.suites` gives."""
    parser.addoption("--databases", choices=["only", "without"], help="what comes to a database, or all but that")
    parser.addoption("--engines", choices=["only", "without"], help="what starts whole engines, or all but that")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop what the options say."""
    chosen = items
    for option, is_one in (("--databases", uses_database), ("--engines", starts_engines)):
        wish = config.getoption(option)
        if wish is not None:
            chosen = [item for item in chosen if is_one(item) == (wish == "only")]
    kept = {id(item) for item in chosen}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = chosen


def uses_database(item: pytest.Item) -> bool:
    """Whether it comes to the database at all, itself or with an engine that it starts."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    return not _DATABASE_FIXTURES.isdisjoint(fixtures) or any(map(item.get_closest_marker, _DATABASE_MARKERS))


def starts_engines(item: pytest.Item) -> bool:
    """Whether it keeps processes of its own busy."""
    return item.nodeid.startswith(_ENGINES)
