"""Bodies are bounded JSON that the database can keep."""

import json
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from tests.factories import api_client, make_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform() -> APIClient:
    return api_client(make_key(scopes=["platform"])[1])


def _send(client: APIClient, body: bytes, content_type: str = "application/json") -> Any:
    return client.generic("PUT", reverse("platform-user", args=["u-1"]), body, content_type=content_type)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        b"{", b'{"name": NaN}', b'{"name": Infinity}', b'{"name": 1e999}', b'{"name": "a", "name": "b"}',
        b'{"name": "\\u0000"}', b'{"\\u0000": 1}', b'{"name": ["a", {"b": "\\u0000"}]}', b'{"name": "\\ud800"}',
        b'{"name": "\xff"}', b"[" * 100_000, b"[" * 700 + b'"\\u0000"' + b"]" * 700, b'{"name": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_is_not_sound_json_is_malformed(platform: APIClient, body: bytes) -> None:
    answer = _send(platform, body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_no_body_at_all_is_an_empty_object(platform: APIClient) -> None:
    assert _send(platform, b"").status_code == 201


def test_a_backslash_before_u0000_is_only_text(platform: APIClient) -> None:
    answer = _send(platform, json.dumps({"name": "\\u0000"}).encode())
    assert answer.status_code == 201
    assert answer.json()["name"] == "\\u0000"


def test_a_body_over_the_limit_is_refused_before_it_is_read_whole(platform: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert _send(platform, json.dumps({"name": "x" * 88}).encode()).status_code == 201
    assert _send(platform, json.dumps({"name": "x" * 89}).encode()).status_code == 413


def test_other_media_types_are_refused(platform: APIClient) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert _send(platform, b"name=x", content_type).status_code == 415
