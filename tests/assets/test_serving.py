"""Stored pictures go out immutable, whole or in ranges, and nothing else ever does."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import AsyncRequestFactory, Client

from assets.serving import serve_object
from assets.storage import store_file

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 4
NAME = "user/project/picture.webp"


@pytest.fixture
def stored(folders: Path) -> str:
    return _store(folders, CONTENT, NAME)


def _store(folders: Path, content: bytes, name: str) -> str:
    path = folders / "source"
    path.write_bytes(content)
    store_file(path, f"media/{name}", private=False, sha256=hashlib.sha256(content).hexdigest())
    return f"/media/{name}"


def _body(response: HttpResponseBase) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def test_a_picture_is_given_whole_and_may_be_kept_for_ever(client: Client, stored: str) -> None:
    response = client.get(stored)
    assert response.status_code == 200
    assert response.content == CONTENT
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Length"] == "1024"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Accept-Ranges"] == "bytes"
    assert "Set-Cookie" not in response and "Vary" not in response


def test_head_tells_the_same_without_the_bytes(client: Client, stored: str) -> None:
    whole, head = client.get(stored), client.head(stored)
    assert head.content == b""
    for name in ("Content-Length", "ETag", "Cache-Control", "Content-Type", "Last-Modified"):
        assert head[name] == whole[name]


def test_who_has_the_picture_already_is_told_so(client: Client, stored: str) -> None:
    etag = client.get(stored)["ETag"]
    assert etag.startswith('"')
    unchanged = client.get(stored, headers={"If-None-Match": f'"other", {etag}'})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", etag)
    assert unchanged["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(stored, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=1000-", 1000, 1023), ("bytes=-24", 1000, 1023),
     ("bytes=1000-9999", 1000, 1023), ("bytes=-9999", 0, 1023)],
)  # fmt: skip
def test_one_range_is_given_as_asked(client: Client, stored: str, asked: str, start: int, end: int) -> None:
    response = client.get(stored, headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == CONTENT[start : end + 1]
    assert response["Content-Range"] == f"bytes {start}-{end}/1024"
    assert response["Content-Length"] == str(end + 1 - start)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(client: Client, stored: str, asked: str) -> None:
    response = client.get(stored, headers={"Range": asked})
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */1024")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "bytes=a-b", "items=0-1", "bytes=٣-"])
def test_what_is_no_single_range_gets_the_whole(client: Client, stored: str, asked: str) -> None:
    response = client.get(stored, headers={"Range": asked})
    assert (response.status_code, response.content) == (200, CONTENT)


def test_a_range_of_another_version_gets_the_whole(client: Client, stored: str) -> None:
    etag = client.get(stored)["ETag"]
    assert client.get(stored, headers={"Range": "bytes=0-1", "If-Range": '"old"'}).status_code == 200
    assert client.get(stored, headers={"Range": "bytes=0-1", "If-Range": etag}).status_code == 206


def test_a_large_object_is_streamed_to_old_and_new_servers_alike(client: Client, folders: Path) -> None:
    content = CONTENT * 6 * 1024
    address = _store(folders, content, "user/project/film.mp4")
    assert _body(client.get(address)) == content
    ranged = client.get(address, headers={"Range": "bytes=5-5000000"})
    assert _body(ranged) == content[5:5_000_001]

    async def fetch() -> bytes:
        request = AsyncRequestFactory().get(address)
        assert isinstance(request, ASGIRequest)
        response = serve_object(request, address.removeprefix("/media/"))
        assert isinstance(response, StreamingHttpResponse)
        return b"".join([chunk async for chunk in response])

    assert asyncio.run(fetch()) == content


@pytest.mark.parametrize(
    "name",
    ["user/project/none.webp", "../private/originals/job/attempt/0.png", "..%2f..%2fengine.sqlite3", "%2e%2e/x/y",
     ".incoming/left.part", "user/project/", "user", "user/project/picture.webp%00.png", "user//project/picture.webp"],
)  # fmt: skip
def test_nothing_but_public_objects_has_an_address(client: Client, folders: Path, stored: str, name: str) -> None:
    original = folders / "source"
    store_file(original, "originals/job/attempt/0.png", private=True, sha256=hashlib.sha256(CONTENT).hexdigest())
    (folders / "media/media/.incoming").mkdir()
    (folders / "media/media/.incoming/left.part").write_bytes(b"half")
    assert client.get(f"/media/{name}").status_code == 404


def test_an_object_of_unknown_kind_is_never_run_by_a_browser(client: Client, folders: Path) -> None:
    response = client.get(_store(folders, b"<script>alert(1)</script>", "user/project/page.html"))
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_only_reading_is_allowed(client: Client, stored: str) -> None:
    assert client.post(stored).status_code == 405
    assert client.delete(stored).status_code == 405
