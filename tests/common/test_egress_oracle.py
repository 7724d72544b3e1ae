"""No spelling of a forbidden address is ever connected to: listeners there are asked, not only the errors."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import HTTPError

from gencraft_media.common.egress import (
    EgressFailed,
    EgressPolicy,
    EgressRefused,
    GuardedAdapter,
    fetch_following,
    guarded_session,
)
from gencraft_media.common.egress import connections as guarded_connections
from gencraft_media.common.egress import policy as policies
from tests.common.egress_forms import FORBIDDEN_IPV4, FORBIDDEN_IPV6, PUBLIC, Listener, listening, urls_of
from tests.common.raw_server import RawServer, redirect_to

TIMEOUT_S = (0.3, 0.3)


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A listener at a port that is let out to, so that nothing but the address itself stands in the way."""
    with listening() as found:
        monkeypatch.setattr(policies, "PORTS", frozenset({found.port}))
        yield found
        assert found.arrivals() == 0


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that any socket of this process tries to connect to."""
    tried: list[Any] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        tried.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    return tried


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let the resolver give these answers one after another, the last one for ever; returns what it was asked."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(0, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_the_oracle_sees_a_session_without_a_guard(listener: Listener, attempts: list[Any]) -> None:
    hosts = ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.1", "[::1]"]
    with requests.Session() as session:
        for host in hosts:
            with contextlib.suppress(requests.RequestException):
                session.get(f"https://{host}:{listener.port}/", timeout=TIMEOUT_S)
    assert (listener.arrivals(), len(attempts)) == (len(hosts), len(hosts))


def test_no_form_of_a_forbidden_address_is_connected_to(
    listener: Listener, attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A resolver as obliging as can be: whatever reaches it leads to the listener.
    asked = resolving(monkeypatch, ["127.0.0.1"])
    urls = urls_of(listener.port)
    assert len(set(urls)) >= 500
    with guarded_session() as session:
        for url in urls:
            with pytest.raises((EgressRefused, InvalidURL, InvalidSchema, MissingSchema)):
                session.get(url, timeout=TIMEOUT_S)
    assert (attempts, asked) == ([], [])


def test_no_redirect_leads_to_a_forbidden_address(
    listener: Listener, attempts: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    resolving(monkeypatch, ["127.0.0.1"])
    with RawServer() as server:
        own = EgressPolicy([f"127.0.0.1:{server.port}"])
        for url in urls_of(listener.port)[::7]:
            server.answer = redirect_to(url.strip())
            attempts.clear()
            with pytest.raises((EgressRefused, EgressFailed)):
                fetch_following(f"http://127.0.0.1:{server.port}/start", tmp_path / "sink", max_bytes=100, policy=own)
            assert {address[1] for address in attempts} == {server.port}, url


@pytest.mark.parametrize("address", [*FORBIDDEN_IPV4, *FORBIDDEN_IPV6])
def test_a_name_with_one_bad_address_among_good_ones_is_not_connected_to(
    address: str, listener: Listener, attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for answers in ([address], [*PUBLIC, address], [address, *PUBLIC]):
        resolving(monkeypatch, answers)
        with guarded_session() as session, pytest.raises(EgressRefused):
            session.get(f"https://images.example.com:{listener.port}/", timeout=TIMEOUT_S)
    assert attempts == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "ip6-localhost", "a.localhost", "metadata", "é.example"])
def test_a_name_that_means_this_machine_is_not_connected_to(
    host: str, listener: Listener, attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ["::1", "127.0.0.1"])
    with guarded_session() as session, pytest.raises(EgressRefused):
        session.get(f"https://{host}:{listener.port}/", timeout=TIMEOUT_S)
    assert attempts == []


def test_a_resolver_that_changes_its_mind_is_asked_once_and_its_first_answer_is_used(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    opened: list[str] = []

    def refuse(address: Any, *_: Any) -> socket.socket:
        opened.append(str(address))
        raise ConnectionRefusedError

    monkeypatch.setattr(guarded_connections, "_open", refuse)
    with guarded_session() as session:
        with pytest.raises(requests.ConnectionError):
            session.get(f"https://rebinding.example.com:{listener.port}/", timeout=TIMEOUT_S)
        assert (asked, opened) == (["rebinding.example.com"], ["8.8.8.8"])
        # The next request asks again, and is judged again.
        with pytest.raises(EgressRefused):
            session.get(f"https://rebinding.example.com:{listener.port}/", timeout=TIMEOUT_S)
    assert opened == ["8.8.8.8"]


def test_a_connection_judges_for_itself_what_it_was_given(listener: Listener, attempts: list[Any]) -> None:
    """As if the URL had been read differently before: the last parser is the connection's own."""
    for host in ("127.0.0.1", "::1", "2130706433", "0x7f.1", "127.1", "127.0.0.1."):
        connection = guarded_connections.GuardedHTTPSConnection(host, listener.port, timeout=0.3)
        connection.policy = EgressPolicy()
        with pytest.raises(EgressRefused):
            connection.connect()
    assert attempts == []


def test_somebody_else_at_the_other_end_is_hung_up_on(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose routing leads a public address to itself: the peer is not who was judged."""
    resolving(monkeypatch, ["8.8.8.8"])

    def diverted(*_: Any) -> socket.socket:
        connected = socket.socket()
        connected.connect(("127.0.0.1", listener.port))
        return connected

    monkeypatch.setattr(guarded_connections, "_open", diverted)
    with guarded_session() as session, pytest.raises(EgressRefused) as caught:
        session.get(f"https://images.example.com:{listener.port}/", timeout=TIMEOUT_S)
    assert "answers" in caught.value.reason
    assert listener.arrivals() == 1


def test_the_machines_proxy_is_not_used(
    listener: Listener, attempts: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"http://127.0.0.1:{listener.port}"
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    resolving(monkeypatch, ["10.0.0.1"])
    with guarded_session() as session:
        for proxies in (None, {"https": proxy}):
            with pytest.raises(EgressRefused):
                session.get(f"https://images.example.com:{listener.port}/", timeout=TIMEOUT_S, proxies=proxies)
    assert attempts == []


def test_what_is_allowed_is_reached_and_counted(listener: Listener) -> None:
    """The other half of the oracle: the guarded way does lead to the listener when it may."""
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", GuardedAdapter(EgressPolicy(["127.0.0.1"])))
        with pytest.raises((requests.RequestException, HTTPError)):
            session.get(f"http://127.0.0.1:{listener.port}/", timeout=TIMEOUT_S)
    assert listener.arrivals() == 1
