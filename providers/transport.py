"""The one way out to providers: adds the key, the time-outs and the trace, sends once, and says what is known after."""

import hashlib
import ssl
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

import requests
import structlog
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError, SSLError

from gencraft_media.common.database import release_connection
from gencraft_media.common.logs import logger
from providers.base import ProviderAdapter
from providers.credentials import api_key_of
from providers.errors import Misconfigured, OutcomeUnknown, OutputLost, ProviderError, Unreachable
from providers.models import ProviderAccount
from providers.sim.transport import SimTransport
from providers.types import HttpAnswer, HttpRequest, RemoteOutput

log = logger(__name__)

CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 96 * 1024 * 1024
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
_OUTPUT_TIMEOUT_S = 120.0
_CHUNK_BYTES = 256 * 1024
# Statuses of an output address that mean it is gone for good, not that its server has a bad minute.
_GONE = {400, 401, 403, 404, 410}


class Fetched(NamedTuple):
    """What landed in the sink."""

    sha256: str
    size_bytes: int


class ProviderTransport:
    """Sends adapters' requests. Safe for many threads; an address without a mount is refused, nothing is sent."""

    def __init__(self, mounts: Mapping[str, BaseAdapter] | None = None) -> None:
        self._session = requests.Session()
        # Neither proxies nor .netrc of the machine, nor one account's cookies, may leak into a call.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # A kept connection may be closed by the vendor at the moment it is used again, and then nobody knows whether a
        # paid request arrived: each one gets a connection of its own.
        self._session.headers["Connection"] = "close"
        self._session.adapters.clear()
        for prefix, mounted in (mounts or {"https://sim.invalid/": SimTransport()}).items():
            self._session.mount(prefix, mounted)

    def send(
        self, adapter: ProviderAdapter, request: HttpRequest, *, account: ProviderAccount | None, paid: bool = False
    ) -> HttpAnswer:
        """Send once and return whatever whole answer came, of any status.

        Raises `Unreachable` when nothing was sent, and when it was, `OutcomeUnknown` for a paid request; inside a
        transaction `TransactionHeld`.
        """
        api_key = api_key_of(account)
        headers = self._headers(adapter, account, api_key) | dict(request.headers)
        # After the key was read, which may have asked the database again.
        release_connection()
        deadline = time.monotonic() + CONNECT_TIMEOUT_S + request.read_timeout_s
        with (
            _classified(paid=paid),
            _opened_files(request) as files,
            self._session.request(
                request.method,
                request.url,
                json=request.json,
                data=request.form,
                files=files,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_S, request.read_timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            body = b"".join(_bounded_chunks(response, deadline, MAX_ANSWER_BYTES))
        if paid or response.status_code >= 400:
            _log_exchange(adapter, request.method, response, len(body))
        if response.status_code >= 400 and api_key:
            # Vendors quote a bad key back in their errors, and errors are kept.
            body = body.replace(api_key.encode(), b"[key]")
        return HttpAnswer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)

    def fetch_output(
        self,
        adapter: ProviderAdapter,
        output: RemoteOutput,
        sink: Path,
        *,
        account: ProviderAccount | None,
        max_bytes: int = MAX_OUTPUT_BYTES,
    ) -> Fetched:
        """Write one output to `sink`. Raises `OutputLost` when it is gone, `Unreachable` when it can be had later."""
        if output.content is not None:
            if len(output.content) > max_bytes:
                raise OutputLost(f"The output is larger than {max_bytes} bytes.")
            sink.write_bytes(output.content)
            return Fetched(hashlib.sha256(output.content).hexdigest(), len(output.content))
        headers = {}
        if adapter.outputs_need_key:
            headers = self._headers(adapter, account, api_key_of(account))
        release_connection()
        deadline = time.monotonic() + _OUTPUT_TIMEOUT_S
        with (
            _classified(paid=False),
            self._session.get(
                output.url, headers=headers, timeout=(CONNECT_TIMEOUT_S, 30.0), allow_redirects=False, stream=True
            ) as response,
        ):
            _log_exchange(adapter, "GET", response, int(response.headers.get("Content-Length", 0)))
            _check_output(response, max_bytes)
            return _write(_bounded_chunks(response, deadline, max_bytes), sink)

    def _headers(self, adapter: ProviderAdapter, account: ProviderAccount | None, api_key: str) -> dict[str, str]:
        bound = structlog.contextvars.get_contextvars()
        trace = str(bound.get("attempt_id") or bound.get("request_id") or "")
        organization = account.organization if account is not None else ""
        return {
            "User-Agent": "gencraft-media",
            **({"X-Client-Request-Id": trace} if trace else {}),
            **adapter.credentials(api_key, organization),
        }


class _TooLarge(Exception):
    """An answer went past its cap."""


@contextmanager
def _classified(*, paid: bool) -> Iterator[None]:
    """Turn every way an exchange can break into what is known about it."""
    lost: type[ProviderError] = OutcomeUnknown if paid else Unreachable
    try:
        yield
    except requests.exceptions.InvalidSchema as error:
        raise Misconfigured("No way out is open to this provider's address.") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
        raise Misconfigured("This provider's address cannot be read.") from error
    except requests.RequestException as error:
        raise (Unreachable if _nothing_was_sent(error) else lost)(vendor_text=type(error).__name__) from error
    except (HTTPError, OSError) as error:
        raise lost(vendor_text=type(error).__name__) from error
    except _TooLarge as error:
        raise (OutcomeUnknown if paid else OutputLost)("The answer was larger than allowed.") from error


def _nothing_was_sent(error: requests.RequestException) -> bool:
    """Whether the exchange broke before its first byte: no address, no connection, no TLS."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, SSLError):
        return _failed_in_handshake(reason)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _failed_in_handshake(error: SSLError) -> bool:
    """Whether TLS broke before the request: its errors while an answer is read are the same, only raised elsewhere."""
    cause = error.args[0] if error.args else None
    # Of this one error, not of its context, in which the handshake of an earlier call may stand.
    frames = traceback.walk_tb(cause.__traceback__ if isinstance(cause, ssl.SSLError) else None)
    return any(frame.f_code is ssl.SSLSocket.do_handshake.__code__ for frame, _ in frames)


@contextmanager
def _opened_files(request: HttpRequest) -> Iterator[dict[str, tuple[str, BinaryIO, str]] | None]:
    if request.files is None:
        yield None
        return
    with ExitStack() as stack:
        yield {
            name: (media.path.name, stack.enter_context(media.path.open("rb")), media.mime_type)
            for name, media in request.files.items()
        }


def _bounded_chunks(response: requests.Response, deadline: float, max_bytes: int) -> Iterator[bytes]:
    """The body, unpacked, piece by piece. Raises `_TooLarge` past the cap and ReadTimeout past the deadline."""
    size_bytes = 0
    for chunk in response.iter_content(_CHUNK_BYTES):
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise _TooLarge
        if time.monotonic() > deadline:
            raise requests.ReadTimeout("the answer came too slowly")
        yield chunk


def _check_output(response: requests.Response, max_bytes: int) -> None:
    if response.status_code in _GONE:
        raise OutputLost(vendor_code=str(response.status_code))
    if response.status_code != 200:
        raise Unreachable(vendor_code=str(response.status_code))
    if int(response.headers.get("Content-Length", 0)) > max_bytes:
        raise _TooLarge


def _write(chunks: Iterator[bytes], sink: Path) -> Fetched:
    digest, size_bytes = hashlib.sha256(), 0
    with sink.open("wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size_bytes += len(chunk)
            file.write(chunk)
    return Fetched(digest.hexdigest(), size_bytes)


def _log_exchange(adapter: ProviderAdapter, method: str, response: requests.Response, size_bytes: int) -> None:
    # Without the query: output addresses carry their signature there.
    parts = urlsplit(response.url)
    log.info(
        "provider exchange",
        provider=adapter.key,
        method=method,
        host=parts.hostname,
        path=parts.path[:120],
        status=response.status_code,
        size_bytes=size_bytes,
        duration_ms=round(response.elapsed.total_seconds() * 1000, 1),
    )
