"""The one way out to providers: adds the key, the time-outs and the trace, sends once, and says what is known after."""

import hashlib
import ssl
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
import structlog
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError, SSLError

from gencraft_media.common.database import release_connection
from gencraft_media.common.egress import AnswerTooLarge, EgressRefused, bounded_chunks, guarded_session, time_limit
from gencraft_media.common.egress.bodies import stated_size
from gencraft_media.common.logs import logger
from providers.base import ProviderAdapter
from providers.credentials import api_key_of, organization_of
from providers.errors import Misconfigured, OutcomeUnknown, OutputLost, ProviderError, Unreachable
from providers.event_streams import EVENT_STREAM, ending_of
from providers.models import ProviderAccount
from providers.multipart import opened_parts
from providers.redaction import redacted, redacted_answer, secrets_of
from providers.resampling import ResampleTransport
from providers.sim.transport import SimTransport
from providers.types import Finished, HttpAnswer, HttpRequest, Partial, Refused, RemoteOutput, Submitted

log = logger(__name__)

CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 96 * 1024 * 1024
# A picture and three previews of it, which are never held together.
MAX_STREAM_BYTES = 4 * MAX_ANSWER_BYTES
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
_OUTPUT_TIMEOUT_S = 120.0
# Idle connections to one host that wait for the next poll.
_KEPT_CONNECTIONS = 16
# Statuses of an output address that mean it is gone for good, not that its server has a bad minute.
_GONE = {400, 401, 403, 404, 410}

_UNSENDABLE = "This provider's key has characters that cannot be sent."


class Fetched(NamedTuple):
    """What landed in the sink."""

    sha256: str
    size_bytes: int


def _built_in() -> Mapping[str, BaseAdapter]:
    """The providers that are part of the engine, by address."""
    return {"https://sim.invalid/": SimTransport(), "https://resample.invalid/": ResampleTransport()}


class ProviderTransport:
    """Sends adapters' requests. Safe for many threads; an address that egress does not let out to is sent nothing.

    `mounts` replaces every way out, for tests.
    """

    def __init__(self, mounts: Mapping[str, BaseAdapter] | None = None) -> None:
        # A kept connection may be closed by the vendor at the moment it is used again, and then nobody knows whether a
        # paid request arrived: those have a connection of their own each. Polls are simply made again.
        self._once, self._polls = guarded_session(), guarded_session(kept=_KEPT_CONNECTIONS)
        for session in (self._once, self._polls):
            if mounts is not None:
                session.adapters.clear()
            for prefix, mounted in (mounts or _built_in()).items():
                session.mount(prefix, mounted)

    def send(
        self,
        adapter: ProviderAdapter,
        request: HttpRequest,
        *,
        account: ProviderAccount | None,
        paid: bool = False,
        again: bool = True,
    ) -> HttpAnswer:
        """Send once and return whatever whole answer came, of any status.

        `again`: who asks this will ask anew if it breaks, so that a kept connection will do.

        Raises `Unreachable` when nothing was sent, and when it was, `OutcomeUnknown` for a paid request; inside a
        transaction `TransactionHeld`.
        """
        session = self._polls if request.method == "GET" and again and not paid else self._once
        with self._exchange(session, adapter, request, account, paid=paid) as response:
            body = b"".join(bounded_chunks(response, MAX_ANSWER_BYTES))
        if paid or response.status_code >= 400:
            _log_exchange(adapter, request.method, response, len(body))
        return redacted_answer(response.status_code, response.headers, body, secrets_of(account))

    def send_streaming(
        self,
        adapter: ProviderAdapter,
        request: HttpRequest,
        *,
        account: ProviderAccount | None,
        on_partial: Callable[[Partial], None],
    ) -> Submitted:
        """Send one paid request and read its answer as it comes; a vendor may also answer it in one piece.

        Raises what `send` raises and what the adapter raises for an answer it cannot read.
        """
        secrets = secrets_of(account)
        with self._exchange(self._once, adapter, request, account, paid=True) as response:
            if response.status_code == 200 and response.headers.get("Content-Type", "").startswith(EVENT_STREAM):
                _log_exchange(adapter, request.method, response, stated_size(response))
                told = adapter.parse_stream(bounded_chunks(response, MAX_STREAM_BYTES))
                return _ending_without(secrets, told, on_partial)
            body = b"".join(bounded_chunks(response, MAX_ANSWER_BYTES))
        _log_exchange(adapter, request.method, response, len(body))
        return adapter.parse_submitted(redacted_answer(response.status_code, response.headers, body, secrets))

    @contextmanager
    def _exchange(
        self,
        session: requests.Session,
        adapter: ProviderAdapter,
        request: HttpRequest,
        account: ProviderAccount | None,
        *,
        paid: bool,
    ) -> Iterator[requests.Response]:
        """The answer to one request, its body still to be read."""
        headers = self._headers(adapter, account, api_key_of(account)) | dict(request.headers)
        # After the key was read, which may have asked the database again.
        release_connection()
        with (
            _classified(lost=OutcomeUnknown if paid else Unreachable, refused=Misconfigured),
            time_limit(CONNECT_TIMEOUT_S + request.read_timeout_s),
            opened_parts(request) as parts,
            session.request(
                request.method,
                request.url,
                json=request.json,
                data=None if request.multipart else request.form,
                files=parts,
                headers=headers,
                timeout=(CONNECT_TIMEOUT_S, request.read_timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            yield response

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
        if adapter.shows_key_to(output.url):
            headers = self._headers(adapter, account, api_key_of(account))
        release_connection()
        with (
            # No other address will ever be told for what was paid for: what is refused now is lost.
            _classified(lost=Unreachable, refused=OutputLost),
            time_limit(_OUTPUT_TIMEOUT_S),
            self._once.get(
                output.url, headers=headers, timeout=(CONNECT_TIMEOUT_S, 30.0), allow_redirects=False, stream=True
            ) as response,
        ):
            _log_exchange(adapter, "GET", response, stated_size(response))
            _check_output(response, max_bytes)
            return _write(bounded_chunks(response, max_bytes), sink)

    def _headers(self, adapter: ProviderAdapter, account: ProviderAccount | None, api_key: str) -> dict[str, str]:
        bound = structlog.contextvars.get_contextvars()
        trace = str(bound.get("attempt_id") or bound.get("request_id") or "")
        return {
            "User-Agent": "gencraft-media",
            **({"X-Client-Request-Id": trace} if trace else {}),
            **adapter.credentials(api_key, organization_of(account)),
        }


@contextmanager
def _classified(*, lost: type[ProviderError], refused: type[ProviderError]) -> Iterator[None]:
    """Turn every way an exchange can break into what is known about it.

    `lost`: the request may have arrived. `refused`: its address is not one to send anything to.
    """
    try:
        yield
    except EgressRefused as error:
        log.warning("egress refused", reason=error.reason)
        raise refused("This address of the provider's is not one to be reached from here.") from error
    except requests.exceptions.InvalidSchema as error:
        raise refused("No way out is open to this address of the provider's.") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
        raise refused("This address of the provider's cannot be read.") from error
    except requests.exceptions.InvalidHeader as error:
        if not isinstance(error.args[0], str):
            # Of the answer, not of what was to be sent.
            raise lost(vendor_text=type(error).__name__) from error
        # Without the cause, whose text quotes the header.
        raise refused(_UNSENDABLE) from None
    except UnicodeEncodeError:
        raise refused(_UNSENDABLE) from None
    except requests.RequestException as error:
        raise (Unreachable if _nothing_was_sent(error) else lost)(vendor_text=type(error).__name__) from error
    except (HTTPError, OSError) as error:
        raise lost(vendor_text=type(error).__name__) from error
    except AnswerTooLarge as error:
        kind = lost if lost is OutcomeUnknown else OutputLost
        raise kind("The answer was larger than allowed.") from error


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


def _ending_without(
    secrets: list[str], told: Iterator[Partial | Finished | Refused], on_partial: Callable[[Partial], None]
) -> Submitted:
    """How a stream ended, its vendor's words as they may be kept."""
    try:
        outcome = ending_of(told, on_partial)
    except ProviderError as error:
        _redact(error, secrets)
        raise
    if isinstance(outcome, Refused):
        _redact(outcome.error, secrets)
    return outcome


def _redact(error: ProviderError, secrets: list[str]) -> None:
    error.vendor_code, error.vendor_text = redacted(error.vendor_code, secrets), redacted(error.vendor_text, secrets)


def _check_output(response: requests.Response, max_bytes: int) -> None:
    if response.status_code in _GONE:
        raise OutputLost(vendor_code=str(response.status_code))
    if response.status_code != 200:
        raise Unreachable(vendor_code=str(response.status_code))
    if stated_size(response) > max_bytes:
        raise AnswerTooLarge


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
