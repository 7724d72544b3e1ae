"""The transport behind the guard: what is refused was not sent, what drips is cut, and polls share connections."""

import dataclasses
import gzip
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from gencraft_media.common.egress import EgressPolicy, GuardedAdapter
from providers import transport as transports
from providers.adapters.sim import SimAdapter
from providers.errors import Misconfigured, OutcomeUnknown, OutputLost, ProviderError, Unreachable
from providers.models import Provider, ProviderAccount
from providers.transport import ProviderTransport
from providers.types import HttpAnswer, HttpRequest, RemoteOutput
from tests.common.raw_server import RawServer, dripping, response
from tests.providers.samples import SAMPLES

KEY = "sk-canary-0123456789/+"


@pytest.fixture(autouse=True)
def own_hosts(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ["127.0.0.1"]


def account(api_key: str = KEY) -> ProviderAccount:
    return ProviderAccount(provider=Provider(key="sim", needs_key=False), api_key=api_key)


def submit(url: str, *, read_timeout_s: float = 5.0, api_key: str = KEY) -> HttpAnswer:
    adapter = SimAdapter("standard", url)
    request = dataclasses.replace(adapter.build_submit(SAMPLES["sim"].request), read_timeout_s=read_timeout_s)
    return ProviderTransport().send(adapter, request, account=account(api_key), paid=True)


def fetch(url: str, sink: Path, *, max_bytes: int = 10_000) -> transports.Fetched:
    output = RemoteOutput(0, url=url)
    return ProviderTransport().fetch_output(SimAdapter("standard"), output, sink, account=None, max_bytes=max_bytes)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/v1",
        "http://api.example.com/v1",
        "https://169.254.169.254/v1",
        "https://[::ffff:127.0.0.1]/v1",
        "https://2130706433/v1",
        "https://user:password@api.example.com/v1",
        "https://api.example.com:5432/v1",
        "gopher://api.example.com/v1",
        "https://",
    ],
)
def test_an_address_that_is_not_let_out_to_is_sent_nothing(url: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        submit(url)
    assert caught.value.not_accepted
    assert not caught.value.retryable
    with pytest.raises(OutputLost):
        fetch(url, tmp_path / "sink")
    with pytest.raises(Misconfigured):
        ProviderTransport().send(SimAdapter("standard"), HttpRequest("GET", url), account=None)


def test_the_settings_open_and_close_the_way(settings: Settings) -> None:
    with RawServer() as vendor:
        vendor.answer = lambda request: [response(b"{}")]
        assert submit(f"http://127.0.0.1:{vendor.port}").status == 200
        settings.EGRESS_ALLOW = [f"127.0.0.1:{vendor.port + 1}"]
        with pytest.raises(Misconfigured):
            submit(f"http://127.0.0.1:{vendor.port}")
    assert len(vendor.requests) == 1


def test_a_paid_answer_that_drips_past_its_time_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "CONNECT_TIMEOUT_S", 0.2)
    with RawServer() as vendor:
        vendor.answer, vendor.pause_s = dripping(response(b"x" * 2000)), 0.02
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            submit(f"http://127.0.0.1:{vendor.port}", read_timeout_s=0.3)
    assert time.monotonic() - began < 10.0


def test_an_output_that_drips_past_its_time_can_be_had_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "_OUTPUT_TIMEOUT_S", 0.4)
    with RawServer() as vendor:
        vendor.answer, vendor.pause_s = dripping(response(b"x" * 2000)), 0.02
        with pytest.raises(Unreachable):
            fetch(f"http://127.0.0.1:{vendor.port}/o.png", tmp_path / "sink")


def test_a_bomb_is_defused(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
    with RawServer() as vendor:
        vendor.answer = lambda request: [response(bomb, Content_Encoding="gzip")]
        with pytest.raises(OutputLost):
            fetch(f"http://127.0.0.1:{vendor.port}/o.png", tmp_path / "sink", max_bytes=1_000_000)
    assert (tmp_path / "sink").stat().st_size <= 1_000_000


@pytest.mark.parametrize("length", ["x", "-5", "9" * 400])
def test_a_length_that_is_no_length_is_not_believed(length: str, tmp_path: Path) -> None:
    with RawServer() as vendor:
        vendor.answer = lambda request: [f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nabc".encode()]
        try:
            assert fetch(f"http://127.0.0.1:{vendor.port}/o.png", tmp_path / "sink").size_bytes == 3
        except ProviderError as error:
            assert isinstance(error, Unreachable | OutputLost)


def test_polls_share_a_connection_and_paid_requests_never_do() -> None:
    transport, adapter = ProviderTransport(), SimAdapter("standard")
    with RawServer(keep=True) as vendor:
        vendor.answer = lambda request: [response(b"{}")]
        url = f"http://127.0.0.1:{vendor.port}/v1/generations/1"
        for _ in range(3):
            transport.send(adapter, HttpRequest("GET", url), account=None)
        assert vendor.connections == 1
        for paid, method in ((True, "POST"), (False, "POST"), (True, "GET"), (False, "DELETE")):
            before = vendor.connections
            transport.send(adapter, HttpRequest(method, url, json={}), account=None, paid=paid)
            assert vendor.connections == before + 1
            assert b"\r\nConnection: close\r\n" in vendor.requests[-1]
        transport.send(adapter, HttpRequest("GET", url), account=None, again=False)
        assert b"\r\nConnection: close\r\n" in vendor.requests[-1]


def test_a_poll_whose_kept_connection_the_vendor_closed_gets_another() -> None:
    transport, adapter = ProviderTransport(), SimAdapter("standard")
    with RawServer() as vendor:
        # Says nothing of closing, and closes.
        vendor.answer = lambda request: [response(b"{}")]
        for _ in range(3):
            try:
                transport.send(adapter, HttpRequest("GET", f"http://127.0.0.1:{vendor.port}/x"), account=None)
            except Unreachable as error:
                assert error.retryable
    assert vendor.connections >= 2


@pytest.mark.parametrize("api_key", ["sk-canary\n0123", "sk-canary-0123\r\nX-Other: 1", "sk-canary-…"])
def test_a_key_that_cannot_be_sent_is_an_account_to_be_mended(api_key: str) -> None:
    with RawServer() as vendor, pytest.raises(Misconfigured) as caught:
        submit(f"http://127.0.0.1:{vendor.port}", api_key=api_key)
    assert caught.value.not_accepted
    assert vendor.requests == []
    assert caught.value.__cause__ is None
    assert "canary" not in str(caught.value)


def test_headers_of_an_answer_that_cannot_be_read_leave_a_paid_request_unknown() -> None:
    with RawServer() as vendor:
        vendor.answer = lambda request: [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"]
        with pytest.raises(OutcomeUnknown):
            submit(f"http://127.0.0.1:{vendor.port}")


@pytest.mark.parametrize("status", [200, 400])
def test_a_key_quoted_back_in_any_spelling_is_not_kept(status: int) -> None:
    spellings = f'{KEY} sk-canary-0123456789%2F%2B {{"a": "sk-canary-0123456789\\/+"}}'
    with RawServer() as vendor:
        vendor.answer = lambda request: [response(spellings.encode(), status, X_Echo=f"Bearer {KEY}")]
        answer = submit(f"http://127.0.0.1:{vendor.port}")
    assert "0123456789" not in answer.text
    assert answer.headers["x-echo"] == "Bearer [key]"


def test_the_guard_is_on_every_way_out() -> None:
    transport = ProviderTransport()
    for session in (transport._once, transport._polls):
        guarded = {prefix: isinstance(mounted, GuardedAdapter) for prefix, mounted in session.adapters.items()}
        within = {"https://sim.invalid/": False, "https://resample.invalid/": False}
        assert guarded == {**within, "https://": True, "http://": True}
        assert session.trust_env is False


def test_a_policy_of_ones_own_is_stronger_than_the_settings() -> None:
    with RawServer() as vendor:
        url = f"http://127.0.0.1:{vendor.port}"
        transport = ProviderTransport({"http://": GuardedAdapter(EgressPolicy())})
        with pytest.raises(Misconfigured):
            transport.send(SimAdapter("standard"), HttpRequest("GET", url), account=None)
