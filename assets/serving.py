"""Gives public objects to browsers and CDNs, from the local folder or from S3: immutable, in whole or in ranges."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from assets.keys import PUBLIC_PREFIX, content_type_of
from assets.objects import PublicObject, Readable
from assets.ranges import ByteRange, RangeNotSatisfiable, find_range
from assets.storage import StorageUnavailable, find_public

_CHUNK_BYTES = 256 * 1024
# Pictures of usual size go out in one piece; a stream costs more than it saves.
_ONE_PIECE_BYTES = 4 * 1024 * 1024
_RETRY_AFTER_S = 5


@require_safe
def serve_object(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET and HEAD of `/media/…`."""
    try:
        found = find_public(PUBLIC_PREFIX + name)
        if found is None:
            raise Http404("There is no such object.")
        return _answer(request, found)
    except StorageUnavailable:
        return HttpResponse(status=503, headers={"Retry-After": str(_RETRY_AFTER_S), "Cache-Control": "no-store"})


def _answer(request: HttpRequest, found: PublicObject) -> HttpResponseBase:
    whole = HttpResponse()
    _describe(whole, found)
    answer = get_conditional_response(request, found.etag, int(found.modified_s), whole)
    if answer is not None and answer is not whole:
        return answer
    try:
        part = _asked_range(request, found)
    except RangeNotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size_bytes}"})
    response = _body(request, found, part or ByteRange(0, found.size_bytes - 1))
    _describe(response, found)
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {part.start}-{part.end}/{found.size_bytes}"
    return response


def _asked_range(request: HttpRequest, found: PublicObject) -> ByteRange | None:
    unchanged = (found.etag, http_date(found.modified_s))
    if request.method != "GET" or request.headers.get("If-Range", found.etag) not in unchanged:
        return None
    return find_range(request.headers.get("Range"), found.size_bytes)


def _body(request: HttpRequest, found: PublicObject, part: ByteRange) -> HttpResponseBase:
    if request.method == "HEAD" or part.length == 0:
        response: HttpResponseBase = HttpResponse()
    elif part.length <= _ONE_PIECE_BYTES:
        response = HttpResponse(b"".join(_chunks(found, part)))
    elif isinstance(request, ASGIRequest):
        response = StreamingHttpResponse(_chunks_awaited(found, part))
    else:
        response = StreamingHttpResponse(_chunks(found, part))
    response["Content-Length"] = str(part.length)
    return response


def _describe(response: HttpResponseBase, found: PublicObject) -> None:
    response["Content-Type"] = content_type_of(found.key)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["ETag"] = found.etag
    response["Last-Modified"] = http_date(found.modified_s)
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # Pages of other sites show these pictures; that is what they are for.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"


def _chunks(found: PublicObject, part: ByteRange) -> Iterator[bytes]:
    left = part.length
    with closing(found.open(part.start, part.length)) as reading:
        while chunk := _next_chunk(reading, left):
            left -= len(chunk)
            yield chunk


async def _chunks_awaited(found: PublicObject, part: ByteRange) -> AsyncIterator[bytes]:
    left = part.length
    reading = await asyncio.to_thread(found.open, part.start, part.length)
    try:
        while chunk := await asyncio.to_thread(_next_chunk, reading, left):
            left -= len(chunk)
            yield chunk
    finally:
        reading.close()


def _next_chunk(reading: Readable, left: int) -> bytes:
    return reading.read(min(_CHUNK_BYTES, left)) if left else b""
