"""TLS that breaks: before the request nothing was sent, after it the same error leaves the outcome unknown."""

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from gencraft_media.common.egress import EgressPolicy, GuardedAdapter
from providers.adapters.sim import SimAdapter
from providers.base import ProviderAdapter
from providers.errors import OutcomeUnknown, ProviderError, Unreachable
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import HttpAnswer, HttpRequest
from tests.common.certificates import certificate_for
from tests.providers.samples import SAMPLES

# An application record of TLS whose seal cannot be right.
BAD_RECORD = b"\x17\x03\x03\x00\x40" + b"\x5a" * 64
TIMEOUT_S = 5.0
LOCAL = EgressPolicy(["127.0.0.1"])

Answering = Callable[[ssl.SSLSocket], None]


class TrustingAdapter(GuardedAdapter):
    """A way out that takes the test's own certificate for an authority."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(LOCAL)
        self.certificate = certificate

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        return super().send(request, *args, **{**options, "verify": str(self.certificate)})


class TlsProvider:
    """A provider on loopback that reads one whole request and then answers as it is told."""

    def __init__(self, certificate: Path, answering: Answering) -> None:
        self.received: list[bytes] = []
        self._answering = answering
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        # Nobody is left to listen once the client has seen what it must not trust.
        with contextlib.suppress(OSError), self._listener.accept()[0] as connection:
            connection.settimeout(TIMEOUT_S)
            with self._context.wrap_socket(connection, server_side=True) as encrypted:
                self.received.append(_whole_request(encrypted))
                self._answering(encrypted)
                # Stay until the client hangs up, so that what was written is not lost in a reset.
                encrypted.recv(1)

    def close(self) -> None:
        self._listener.close()
        self._thread.join(TIMEOUT_S)


def _whole_request(encrypted: ssl.SSLSocket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        head += _received(encrypted)
    head, _, body = head.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += _received(encrypted)
    return body


def _received(encrypted: ssl.SSLSocket) -> bytes:
    if not (chunk := encrypted.recv(65_536)):
        raise ConnectionError("the client hung up early")
    return chunk


def bad_record(encrypted: ssl.SSLSocket) -> None:
    os.write(encrypted.fileno(), BAD_RECORD)


def half_an_answer_and_a_bad_record(encrypted: ssl.SSLSocket) -> None:
    encrypted.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    bad_record(encrypted)


def nothing(encrypted: ssl.SSLSocket) -> None:
    """Leave the client waiting."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and self-signed certificate of 127.0.0.1, in one file."""
    return certificate_for(tmp_path, "127.0.0.1")


@contextmanager
def running_provider(certificate: Path, answering: Answering) -> Iterator[TlsProvider]:
    provider = TlsProvider(certificate, answering)
    try:
        yield provider
    finally:
        provider.close()


def submit(mounted: GuardedAdapter, url: str) -> HttpAnswer:
    adapter = SimAdapter("standard", url)
    return send(mounted, adapter, adapter.build_submit(SAMPLES["sim"].request), paid=True)


def send(mounted: GuardedAdapter, adapter: ProviderAdapter, request: HttpRequest, *, paid: bool) -> HttpAnswer:
    account = ProviderAccount(provider=Provider(key="sim", needs_key=False), api_key="key")
    return ProviderTransport({"https://127.0.0.1": mounted}).send(adapter, request, account=account, paid=paid)


def test_a_refused_certificate_sent_nothing(certificate: Path) -> None:
    with running_provider(certificate, nothing) as provider, pytest.raises(Unreachable) as caught:
        submit(GuardedAdapter(LOCAL), provider.url)
    assert caught.value.not_accepted
    assert provider.received == []


def test_a_server_that_speaks_no_tls_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_in_clear() -> None:
            with listener.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer_in_clear, daemon=True)
        thread.start()
        with pytest.raises(Unreachable):
            submit(GuardedAdapter(LOCAL), f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join(TIMEOUT_S)


@pytest.mark.parametrize("answering", [bad_record, half_an_answer_and_a_bad_record])
def test_a_bad_record_after_a_paid_request_leaves_its_outcome_unknown(certificate: Path, answering: Answering) -> None:
    with running_provider(certificate, answering) as provider, pytest.raises(OutcomeUnknown) as caught:
        submit(TrustingAdapter(certificate), provider.url)
    assert caught.value.not_accepted is False
    assert len(provider.received) == 1


def test_an_earlier_refused_certificate_says_nothing_about_a_later_request(certificate: Path) -> None:
    with running_provider(certificate, nothing) as refused, running_provider(certificate, bad_record) as provider:
        try:
            submit(GuardedAdapter(LOCAL), refused.url)
        except ProviderError:
            with pytest.raises(OutcomeUnknown):
                submit(TrustingAdapter(certificate), provider.url)
    assert len(provider.received) == 1


def test_a_bad_record_in_an_answer_that_cost_nothing_may_be_repeated(certificate: Path) -> None:
    with running_provider(certificate, bad_record) as provider, pytest.raises(Unreachable):
        request = HttpRequest("POST", f"{provider.url}/v1/status", json={})
        send(TrustingAdapter(certificate), SimAdapter("standard", provider.url), request, paid=False)
