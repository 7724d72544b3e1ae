"""Gives public objects of the local storage to browsers and CDNs: immutable, in whole or in ranges."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from assets.ranges import ByteRange, RangeNotSatisfiable, find_range
from assets.storage import find_public_file

# A closed list: nothing that a browser would run is ever given, whatever an object is named.
_CONTENT_TYPES = {
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
}
_CHUNK_BYTES = 256 * 1024
# Pictures of usual size go out in one piece; a stream costs more than it saves.
_ONE_PIECE_BYTES = 4 * 1024 * 1024


@require_safe
def serve_object(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET and HEAD of `/media/…`."""
    path = find_public_file(f"media/{name}")
    if path is None:
        raise Http404("There is no such object.")
    facts = path.stat()
    # Strong: objects are written once, so time and size name the bytes.
    etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    whole = HttpResponse()
    _describe(whole, path, facts, etag)
    answer = get_conditional_response(request, etag, int(facts.st_mtime), whole)
    if answer is not None and answer is not whole:
        return answer
    try:
        part = _asked_range(request, facts, etag)
    except RangeNotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{facts.st_size}"})
    response = _body(request, path, part or ByteRange(0, facts.st_size - 1))
    _describe(response, path, facts, etag)
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.end}/{facts.st_size}"
    return response


def _asked_range(request: HttpRequest, facts: os.stat_result, etag: str) -> ByteRange | None:
    if request.method != "GET" or request.headers.get("If-Range", etag) not in (etag, http_date(facts.st_mtime)):
        return None
    return find_range(request.headers.get("Range"), facts.st_size)


def _body(request: HttpRequest, path: Path, part: ByteRange) -> HttpResponseBase:
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse()
    elif part.length <= _ONE_PIECE_BYTES:
        with path.open("rb") as file:
            file.seek(part.start)
            response = HttpResponse(file.read(part.length))
    elif isinstance(request, ASGIRequest):
        response = StreamingHttpResponse(_chunks_awaited(path, part))
    else:
        response = StreamingHttpResponse(_chunks(path, part))
    response["Content-Length"] = str(part.length)
    return response


def _describe(response: HttpResponseBase, path: Path, facts: os.stat_result, etag: str) -> None:
    response["Content-Type"] = _CONTENT_TYPES.get(PurePosixPath(path).suffix, "application/octet-stream")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["ETag"] = etag
    response["Last-Modified"] = http_date(facts.st_mtime)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Pages of other sites show these pictures; that is what they are for.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"


def _chunks(path: Path, part: ByteRange) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part.start)
        yield from iter(lambda: _next_chunk(file, part), b"")


async def _chunks_awaited(path: Path, part: ByteRange) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        file.seek(part.start)
        while chunk := await asyncio.to_thread(_next_chunk, file, part):
            yield chunk
    finally:
        file.close()


def _next_chunk(file: BinaryIO, part: ByteRange) -> bytes:
    return file.read(max(0, min(_CHUNK_BYTES, part.end + 1 - file.tell())))
