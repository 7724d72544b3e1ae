"""Fetching from a public address that may point elsewhere: every step of the way is judged anew."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from gencraft_media.common.egress.adapter import guarded_session
from gencraft_media.common.egress.bodies import bounded_chunks, stated_size
from gencraft_media.common.egress.errors import AnswerTooLarge, EgressFailed
from gencraft_media.common.egress.policy import EgressPolicy
from gencraft_media.common.egress.watchdog import time_limit

MOST_REDIRECTS = 3
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 3.0, 10.0
_REDIRECTS = {301, 302, 303, 307, 308}
_HEADERS = {"User-Agent": "gencraft-media", "Accept": "image/*"}


class Fetched(NamedTuple):
    """What landed in the file, the address it came from in the end, and what its server calls it."""

    sha256: str
    size_bytes: int
    url: str
    mime_type: str


def fetch_following(
    url: str, sink: Path, *, max_bytes: int, total_s: float = 60.0, policy: EgressPolicy | None = None
) -> Fetched:
    """Write what is at a public address to `sink`, following three redirects at most. No credentials are ever sent.

    Raises `EgressRefused` when a step is not let out, `AnswerTooLarge`, and `EgressFailed` for all else.
    """
    with _reported(), time_limit(total_s), guarded_session(policy) as session, ExitStack() as stack:
        response = _followed(session, url, stack)
        if response.status_code != 200:
            raise EgressFailed(f"The address answered with status {response.status_code}.")
        if stated_size(response) > max_bytes:
            raise AnswerTooLarge
        digest, size_bytes = hashlib.sha256(), 0
        with sink.open("wb") as file:
            for chunk in bounded_chunks(response, max_bytes):
                digest.update(chunk)
                size_bytes += len(chunk)
                file.write(chunk)
        mime_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Fetched(digest.hexdigest(), size_bytes, response.url, mime_type)


def _followed(session: requests.Session, url: str, stack: ExitStack) -> requests.Response:
    for _ in range(1 + MOST_REDIRECTS):
        response = stack.enter_context(
            session.get(
                url, headers=_HEADERS, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S), allow_redirects=False, stream=True
            )
        )
        target = response.headers.get("Location")
        if response.status_code not in _REDIRECTS or not target:
            return response
        url = _joined(url, target)
    raise EgressFailed("The address redirects too often.")


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise EgressFailed("The address redirects to what is no address.") from error


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, HTTPError, OSError) as error:
        raise EgressFailed from error
