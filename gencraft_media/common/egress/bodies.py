"""Reading answers whose size nobody vouches for."""

from collections.abc import Iterator

import requests

from gencraft_media.common.egress.errors import AnswerTooLarge
from gencraft_media.common.egress.watchdog import current_limit

CHUNK_BYTES = 256 * 1024


def bounded_chunks(response: requests.Response, max_bytes: int) -> Iterator[bytes]:
    """The body, unpacked, piece by piece. Raises `AnswerTooLarge` past the cap, `DeadlinePassed` past the time limit.

    Counted after unpacking, which never makes more than a piece at a time: a bomb goes off in pieces, up to the cap.
    """
    limit = current_limit()
    size_bytes = 0
    for chunk in response.iter_content(CHUNK_BYTES):
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise AnswerTooLarge
        if limit is not None:
            limit.check()
        yield chunk


def stated_size(response: requests.Response) -> int:
    """What Content-Length says, 0 where it says nothing that can be read."""
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and len(stated) < 20 else 0
