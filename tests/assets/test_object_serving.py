"""The engine gives pictures out of S3 just as it gives local ones, and asks S3 for no byte too many."""

import asyncio
from pathlib import Path

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory, Client

from assets.serving import serve_object
from tests.assets.test_object_store import store
from tests.services.s3 import Buckets

pytestmark = [pytest.mark.services, pytest.mark.django_db]
CONTENT = bytes(range(256)) * 4
KEY = "media/user/project/picture.webp"
ADDRESS = f"/{KEY}"
ALIKE = (
    "Content-Type", "Cache-Control", "Content-Length", "Accept-Ranges", "X-Content-Type-Options",
    "Content-Security-Policy", "Cross-Origin-Resource-Policy", "Access-Control-Allow-Origin",
)  # fmt: skip


@pytest.fixture
def stored(s3: Buckets, tmp_path: Path) -> str:
    store(tmp_path, CONTENT, KEY)
    return ADDRESS


def test_a_picture_out_of_s3_is_given_as_a_local_one_is(stored: str, client: Client, folders: Path) -> None:
    away = client.get(stored)
    assert (away.status_code, away.content) == (200, CONTENT)
    local = folders / "media" / "media/user/project/local.webp"
    local.parent.mkdir(parents=True)
    local.write_bytes(CONTENT)
    here = client.get("/media/user/project/local.webp")
    assert {name: away[name] for name in ALIKE} == {name: here[name] for name in ALIKE}


def test_head_and_what_is_known_already_cost_one_look_and_no_bytes(stored: str, client: Client, s3: Buckets) -> None:
    etag = client.head(stored)["ETag"]
    before = len(s3.door.requests)
    unchanged = client.get(stored, headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert [method for method, _ in s3.door.requests[before:]] == ["HEAD"]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=1000-", 1000, 1023), ("bytes=-24", 1000, 1023)],
)
def test_part_of_a_picture_is_given_as_a_part(stored: str, client: Client, asked: str, start: int, end: int) -> None:
    answer = client.get(stored, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[start : end + 1])
    assert answer["Content-Range"] == f"bytes {start}-{end}/1024"


def test_a_range_behind_the_end_is_refused(stored: str, client: Client) -> None:
    answer = client.get(stored, headers={"Range": "bytes=1024-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */1024")


def test_what_is_not_there_is_not_found(s3: Buckets, client: Client) -> None:
    assert client.get(ADDRESS).status_code == 404
    assert client.get("/media/../originals/x").status_code == 404


def test_an_original_has_no_address(s3: Buckets, client: Client, tmp_path: Path) -> None:
    store(tmp_path, b"original", KEY, private=True)
    assert client.get(ADDRESS).status_code == 404


def test_an_empty_object_is_given_empty(s3: Buckets, client: Client, tmp_path: Path) -> None:
    store(tmp_path, b"", KEY)
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.content, answer["Content-Length"]) == (200, b"", "0")


def test_a_storage_that_does_not_answer_asks_for_patience(stored: str, client: Client, s3: Buckets) -> None:
    s3.door.shut()
    answer = client.get(stored)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")


def _streamed(response: HttpResponseBase) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def test_a_large_object_is_streamed(s3: Buckets, client: Client, tmp_path: Path) -> None:
    content = CONTENT * 8 * 1024
    store(tmp_path, content, KEY)
    assert _streamed(client.get(ADDRESS)) == content

    async def read_awaited() -> bytes:
        request = AsyncRequestFactory().get(ADDRESS)
        assert isinstance(request, ASGIRequest)
        response = await asyncio.to_thread(serve_object, request, "user/project/picture.webp")
        assert isinstance(response, StreamingHttpResponse) and response.is_async
        return b"".join([chunk async for chunk in response])

    assert asyncio.run(read_awaited()) == content
