"""Every API route, with every method, for every caller."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.table import TABLE, UNSAFE, Row
from tests.access.world import CALLERS, World, make_world

# Answers every address that is none.
_NO_ROUTES = {"v1-nowhere"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ROWS = sorted(TABLE)
OPENAI_SHAPED = {name for _, name in ROWS if name.startswith("v1-")}


def _api_patterns(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _api_patterns(pattern.url_patterns, address)
        elif address.startswith(("api/", "v1/")) and pattern.name not in _NO_ROUTES:
            yield address, pattern


def _routes() -> set[tuple[str, str]]:
    found = set()
    for address, pattern in _api_patterns(get_resolver().url_patterns):
        assert pattern.name, f"{address} has no name, so the matrix cannot ask it"
        view = pattern.callback.view_class  # type: ignore[attr-defined]
        found |= {(method, pattern.name) for method in METHODS if hasattr(view, method.lower())}
    # DRF answers OPTIONS on views that do not switch it off; the matrix asks for it below.
    return {route for route in found if route[0] != "OPTIONS"}


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One world for the whole matrix: building it takes longer than all its questions."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World) -> Iterator[World]:
    """The world as it was built, whatever the test before did to it."""
    with transaction.atomic():
        yield built
        transaction.set_rollback(True)


def _ask(world: World, caller: str, method: str, name: str, row: Row, body: Any = None) -> Any:
    client = world.without_scope(row.scope) if caller == "other scope" else world.clients[caller]
    document = row.body if body is None else body
    address = reverse(name, kwargs=row.arguments(world))
    content: dict[str, Any] = {} if document is None else {"data": document}
    if caller in {"viewer", "no csrf token"} and method in UNSAFE:
        content["content_type"] = "application/json"
    elif method in UNSAFE:
        content["format"] = "json"
    return getattr(client, method.lower())(address, **content)


# Marked for the module's sake: without a test that has the mark no database is made.
@pytest.mark.django_db
def test_every_api_route_has_a_row_and_every_row_a_route() -> None:
    assert _routes() == set(TABLE)


@pytest.mark.parametrize(("method", "name"), ROWS, ids=[f"{name}-{method}" for method, name in ROWS])
def test_each_caller_gets_the_answer_of_the_table(world: World, method: str, name: str) -> None:
    row = TABLE[(method, name)]
    found = {}
    # Whom it is for last: where asking has an effect, nobody before him may have had it.
    callers = {*CALLERS, row.asked_by}
    for caller in sorted(callers, key=lambda caller: caller == row.asked_by):
        answer = _ask(world, caller, method, name, row)
        found[caller] = answer.status_code
        if caller == "stranger":
            text = answer.getvalue().decode().replace(answer.wsgi_request.path, "")
            assert not [secret for secret in world.secrets() if secret in text]
    assert found == {caller: row.expected(method, caller) for caller in callers}


@pytest.mark.parametrize("name", sorted({name for _, name in ROWS if TABLE[(_, name)].kind != "public"}))
def test_other_methods_are_refused_without_effect(world: World, name: str) -> None:
    known = {method for method, other in TABLE if other == name}
    row = next(row for (_, other), row in TABLE.items() if other == name)
    refused = {
        method: (
            _ask(world, row.asked_by, method, name, row, body={}).status_code,
            _ask(world, "anonymous", method, name, row, body={}).status_code,
        )
        for method in METHODS
        if method not in known
    }
    assert refused == dict.fromkeys(refused, (405, 401))


@pytest.mark.parametrize(("method", "name"), [key for key in ROWS if key[0] in UNSAFE and TABLE[key].body is not None])
def test_an_unknown_field_in_a_body_is_refused_by_name(world: World, method: str, name: str) -> None:
    row = TABLE[(method, name)]
    answer = _ask(world, row.asked_by, method, name, row, body={**(row.body or {}), "surpriseField": 1})
    if name in OPENAI_SHAPED:
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "surpriseField")
        return
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["surpriseField"]
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "name"), [key for key in ROWS if key[0] in UNSAFE and TABLE[key].body is not None])
def test_a_body_that_is_not_an_object_is_refused(world: World, method: str, name: str) -> None:
    row = TABLE[(method, name)]
    answer = _ask(world, row.asked_by, method, name, row, body=[{"prompt": "a lake"}])
    assert answer.status_code == (400 if name in OPENAI_SHAPED else 422)


def test_every_body_in_the_table_that_may_be_sent_is_asked_for_unknown_fields() -> None:
    silent = [key for key, row in TABLE.items() if key[0] in {"POST", "PUT", "PATCH"} and row.body is None]
    assert silent == [("POST", "provider-callback"), ("POST", "attempt-callback"), ("POST", "upload-file")]


def test_the_owner_and_her_team_mate_do_see_what_the_stranger_must_not(world: World) -> None:
    for caller in ("owner", "viewer"):
        assert str(world.job.pk) in _ask(world, caller, "GET", "jobs", TABLE[("GET", "jobs")]).content.decode()
        assert (
            str(world.asset.pk)
            in _ask(world, caller, "GET", "asset-list", TABLE[("GET", "asset-list")]).content.decode()
        )
