"""Connections: to which address, under which name, how often used, and how long looked for."""

import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from gencraft_media.common.egress import EgressPolicy, EgressRefused, guarded_session
from gencraft_media.common.egress import connections as guarded_connections
from tests.common.certificates import certificate_for
from tests.common.raw_server import RawServer, redirect_to, response

LOCAL = EgressPolicy(["127.0.0.1", "::1", "vendor.example"])
TIMEOUT_S = (2.0, 2.0)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    answers = [(0, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)


def test_the_name_goes_into_host_sni_and_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_for(tmp_path, "vendor.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked_for: list[str | None] = []
    context.sni_callback = lambda _, name, __: asked_for.append(name)
    resolve_to(monkeypatch, "127.0.0.1")
    with RawServer(tls=context) as server, guarded_session(LOCAL) as session:
        url = f"https://vendor.example:{server.port}/v1"
        assert session.get(url, verify=str(certificate), timeout=TIMEOUT_S).content == b"ok"
        assert asked_for == ["vendor.example"]
        assert f"\r\nHost: vendor.example:{server.port}\r\n".encode() in server.requests[0]
        # The same server under an address its certificate does not have.
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://127.0.0.1:{server.port}/", verify=str(certificate), timeout=TIMEOUT_S)
        # And with nobody to vouch for it.
        with pytest.raises(requests.exceptions.SSLError):
            session.get(url, timeout=TIMEOUT_S)
    assert len(server.requests) == 1


def test_an_ipv6_address_is_reached_under_its_name() -> None:
    with RawServer("::1") as server, guarded_session(LOCAL) as session:
        assert session.get(f"http://[::1]:{server.port}/", timeout=TIMEOUT_S).content == b"ok"
    assert f"\r\nHost: [::1]:{server.port}\r\n".encode() in server.requests[0]


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "::1", "127.0.0.1")
    with RawServer() as server, guarded_session(LOCAL) as session:
        assert session.get(f"http://vendor.example:{server.port}/", timeout=TIMEOUT_S).content == b"ok"


def test_a_silent_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "10.0.0.1", "127.0.0.1")
    opened = guarded_connections._open
    given: list[float] = []

    def silent(address: Any, port: int, timeout_s: float, options: Any) -> socket.socket:
        given.append(timeout_s)
        if str(address) == "10.0.0.1":
            raise TimeoutError
        return opened(address, port, timeout_s, options)

    monkeypatch.setattr(guarded_connections, "_open", silent)
    with RawServer() as server, guarded_session(LOCAL) as session:
        assert session.get(f"http://vendor.example:{server.port}/", timeout=(10.0, 2.0)).content == b"ok"
    assert given[0] <= 5.0 < given[1] <= 10.0


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20) and [])
    with guarded_session() as session, pytest.raises(requests.ConnectTimeout):
        session.get("https://vendor.example/", timeout=(0.2, 2.0))
    released.set()


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("label"), OSError("no")])
def test_a_name_without_an_address_is_a_connection_that_was_not_made(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with guarded_session() as session, pytest.raises(requests.ConnectionError) as caught:
        session.get("https://vendor.example/", timeout=TIMEOUT_S)
    assert "NewConnectionError" in repr(caught.value) or "NameResolutionError" in repr(caught.value)


def test_each_request_has_its_own_connection_even_if_the_server_would_keep_it() -> None:
    with RawServer(keep=True) as server, guarded_session(LOCAL) as session:
        for _ in range(3):
            assert session.get(f"http://127.0.0.1:{server.port}/", timeout=TIMEOUT_S).content == b"ok"
    assert server.connections == 3
    assert all(b"\r\nConnection: close\r\n" in head for head in server.requests)


def test_connections_are_kept_where_that_is_wanted() -> None:
    with RawServer(keep=True) as server, guarded_session(LOCAL, kept=2) as session:
        for _ in range(3):
            assert session.get(f"http://127.0.0.1:{server.port}/", timeout=TIMEOUT_S).content == b"ok"
    assert server.connections == 1


def test_no_redirect_is_followed_and_no_cookie_is_kept() -> None:
    with RawServer() as server, guarded_session(LOCAL) as session:
        url = f"http://127.0.0.1:{server.port}"
        server.answer = redirect_to(f"{url}/elsewhere")
        assert session.get(f"{url}/first", timeout=TIMEOUT_S).status_code == 302
        server.answer = lambda request: [response(b"ok", Set_Cookie="session=1; Path=/")]
        for _ in range(2):
            session.get(url, timeout=TIMEOUT_S)
    assert len(server.requests) == 3
    assert b"ookie" not in server.requests[-1]


def test_a_session_has_no_other_way_out() -> None:
    with guarded_session() as session:
        assert set(session.adapters) == {"https://", "http://"}
        assert all(type(mounted) is not HTTPAdapter for mounted in session.adapters.values())
        with pytest.raises(EgressRefused):
            session.get("http://127.0.0.1/", timeout=TIMEOUT_S)
