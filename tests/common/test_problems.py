"""Errors as problem documents, and a page for each."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import exceptions as django_errors
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import reverse
from rest_framework import exceptions as rest_errors
from rest_framework.request import Request

import assets
import billing
import gencraft_media
import providers
from gencraft_media.common.errors import FieldError, GenCraftError, InvalidRequest, RateLimited
from gencraft_media.common.problems import CONTENT_TYPE, PROBLEMS, exception_handler

_FIELDS = {"type", "title", "status", "detail", "instance", "code", "retryable", "errors", "requestId"}


def _answer(exception: Exception) -> Any:
    request = Request(RequestFactory().get("/api/media/jobs"))
    return exception_handler(exception, {"request": request, "view": None})


def _error_classes(root: type[GenCraftError] = GenCraftError) -> Iterator[type[GenCraftError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _error_classes(kind)


@pytest.fixture(scope="module")
def error_classes() -> set[type[GenCraftError]]:
    for package in (gencraft_media, providers, assets, billing):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not re.search(r"\.(migrations|asgi|wsgi|bounded\.template)", module.name):
                importlib.import_module(module.name)
    return {kind for kind in _error_classes() if not kind.__module__.startswith("tests")}


def test_every_error_the_engine_can_raise_has_a_page_that_agrees_with_it(
    error_classes: set[type[GenCraftError]],
) -> None:
    assert len(error_classes) > 30
    asked = {kind.code: (kind.http_status, kind.retryable) for kind in error_classes}
    told = {code: (problem.http_status, problem.retryable) for code, problem in PROBLEMS.items() if code in asked}
    assert told == asked, "problems.json and the error classes differ"
    assert not [kind for kind in error_classes if not kind.__doc__]


def test_no_default_message_gives_orders_to_operators(error_classes: set[type[GenCraftError]]) -> None:
    for kind in error_classes:
        message = " ".join((kind.__doc__ or "").split())
        assert not re.search(r"Action:|the operators|[A-Z]+_[A-Z]+", message), message
        assert message.count(". ") <= 1, message


def test_every_problem_says_why_and_what_to_do() -> None:
    for problem in PROBLEMS.values():
        assert problem.title
        assert problem.cause.endswith(".")
        assert problem.fix.endswith(".")
        assert 400 <= problem.http_status < 600


def test_an_error_of_ours_becomes_a_document_with_every_field() -> None:
    answer = _answer(
        InvalidRequest(errors=[FieldError("prompt", "Say something.", allowed=["a"], nearest="a")], hint=1)
    )
    assert answer.status_code == 422
    assert answer.content_type == CONTENT_TYPE
    assert answer.data.keys() == _FIELDS | {"hint"}
    assert answer.data["type"] == f"{settings.PUBLIC_URL}/problems/invalid_request"
    assert answer.data["instance"] == "/api/media/jobs"
    assert answer.data["errors"] == [
        {"field": "prompt", "message": "Say something.", "code": "invalid", "allowed": ["a"], "nearest": "a"}
    ]


def test_extra_fields_never_replace_the_standard_ones() -> None:
    assert _answer(GenCraftError("x", status=200, code="fine")).data["status"] == 500


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (rest_errors.ParseError(), 400, "malformed_request"),
        (rest_errors.NotAuthenticated(), 401, "authentication_required"),
        (rest_errors.AuthenticationFailed(), 401, "authentication_required"),
        (rest_errors.PermissionDenied(), 403, "permission_denied"),
        (django_errors.PermissionDenied(), 403, "permission_denied"),
        (rest_errors.NotFound(), 404, "not_found"),
        (Http404("No Secret matches"), 404, "not_found"),
        (rest_errors.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (rest_errors.NotAcceptable(), 406, "not_acceptable"),
        (django_errors.RequestDataTooBig(), 413, "payload_too_large"),
        (rest_errors.UnsupportedMediaType("text/xml"), 415, "unsupported_media_type"),
        (rest_errors.ValidationError({"prompt": ["Missing."]}), 422, "invalid_request"),
        (django_errors.ValidationError({"prompt": ["Missing."]}), 422, "invalid_request"),
        (rest_errors.Throttled(wait=3), 429, "rate_limited"),
        (django_errors.SuspiciousOperation(), 400, "malformed_request"),
        (OperationalError("could not connect to 10.0.0.1"), 503, "service_unavailable"),
        (KeyError("password"), 500, "internal_error"),
    ],
)
def test_foreign_exceptions_are_told_in_our_words(exception: Exception, status: int, code: str) -> None:
    answer = _answer(exception)
    assert (answer.status_code, answer.data["status"], answer.data["code"]) == (status, status, code)
    for secret in ("password", "10.0.0.1", "Secret"):
        assert secret not in str(answer.data)


def test_field_errors_of_both_frameworks_name_their_field() -> None:
    for kind in (rest_errors.ValidationError, django_errors.ValidationError):
        assert _answer(kind({"prompt": ["Missing."]})).data["errors"][0]["field"] == "prompt"


def test_an_internal_error_tells_the_client_nothing_of_its_message() -> None:
    assert _answer(GenCraftError("row 7 of table secrets")).data["detail"] == "Something went wrong inside the engine."


def test_waiting_times_are_whole_seconds_and_never_zero() -> None:
    assert _answer(RateLimited(retry_after_s=0.2))["Retry-After"] == "1"
    assert _answer(RateLimited(retry_after_s=2.1))["Retry-After"] == "3"
    assert "Retry-After" not in _answer(RateLimited())
    assert _answer(OperationalError())["Retry-After"] == "2"


def test_an_unknown_api_address_answers_a_problem_and_any_other_a_page(client: Client) -> None:
    api = client.get("/api/media/nothing-here", headers={"X-Request-Id": "request-12345"})
    assert (api.status_code, api["Content-Type"]) == (404, CONTENT_TYPE)
    assert api.json()["requestId"] == api["X-Request-Id"] == "request-12345"
    page = client.get("/nothing-here")
    assert (page.status_code, page["Content-Type"].split(";")[0]) == (404, "text/html")


def test_a_crash_outside_any_view_answers_a_problem(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("a secret")

    client.raise_request_exception = False
    monkeypatch.setattr("gencraft_media.accounts.api.ApiView.dispatch", crash)
    answer = client.get(reverse("asset-list"))
    assert (answer.status_code, answer["Content-Type"]) == (500, CONTENT_TYPE)
    assert answer.json()["code"] == "internal_error"
    assert "secret" not in answer.content.decode()


def test_each_problem_has_its_page_and_all_have_a_list(client: Client) -> None:
    overview = client.get("/problems").content.decode()
    for code, problem in PROBLEMS.items():
        assert f'href="/problems/{code}"' in overview
        page = client.get(f"/problems/{code}")
        assert page.status_code == 200
        text = page.content.decode()
        assert problem.title in text
        assert ("Safe to repeat" in text) is problem.retryable
        assert not re.search(r"""(src|href)=["']?(https?:)?//|url\(|@import""", text)
    assert client.get("/problems/made-up").status_code == 404
