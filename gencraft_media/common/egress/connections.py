"""Connections that go to the addresses that were judged, and nowhere else."""

import socket
import time
from ipaddress import ip_address
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from gencraft_media.common.egress.addresses import Address
from gencraft_media.common.egress.errors import EgressRefused
from gencraft_media.common.egress.policy import EgressPolicy, configured_policy
from gencraft_media.common.egress.resolving import addresses_of
from gencraft_media.common.egress.watchdog import DeadlinePassed, current_limit


class _Pinned(HTTPConnection):
    """Resolves, judges and connects in one go; the name goes on in SNI, certificate and Host."""

    policy: EgressPolicy | None = None
    scheme = "http"

    def _new_conn(self) -> socket.socket:
        policy = self.policy or configured_policy()
        # What this connection really uses is judged, whatever was parsed to make it.
        target = policy.target_at(self.scheme, self.host, self.port)
        deadline = self._connect_deadline()
        addresses = [target.literal] if target.literal is not None else self._resolved(deadline)
        policy.judge(target, addresses)
        return self._connected(addresses, deadline)

    def connect(self) -> None:
        """Connect, TLS included, within the connect time-out and the exchange's deadline."""
        super().connect()
        if self.sock is not None:
            # What was left of the connect time-out held for the handshake; sending begins anew.
            self.sock.settimeout(self.timeout)
            self._watch()

    def request(self, *args: Any, **options: Any) -> None:
        """Send, watched: a connection that was kept was last watched for another exchange."""
        self._watch()
        super().request(*args, **options)

    def _watch(self) -> None:
        limit = current_limit()
        if limit is None or self.sock is None:
            return
        try:
            limit.watch(self.sock)
        except DeadlinePassed as error:
            self.close()
            raise ConnectTimeoutError(self, "the deadline passed before anything was sent") from error

    def _connect_deadline(self) -> float | None:
        limit = current_limit()
        own = None if self.timeout is None else time.monotonic() + float(self.timeout)
        if limit is None:
            return own
        return limit.deadline if own is None else min(own, limit.deadline)

    def _resolved(self, deadline: float | None) -> list[Address]:
        try:
            return addresses_of(self.host, self.port, timeout_s=_left(deadline))
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(self, f"no address: {error}") from error

    def _connected(self, addresses: list[Address], deadline: float | None) -> socket.socket:
        failure = OSError("the name has no address")
        for index, address in enumerate(addresses):
            left_s = _left(deadline)
            # A share each, so that one silent address does not use up the time of the others.
            share_s = None if left_s is None else left_s / (len(addresses) - index)
            try:
                connected = _open(address, self.port, share_s, self.socket_options)
            except OSError as error:
                failure = error
                continue
            _check_peer(connected, address)
            connected.settimeout(_left(deadline))
            return connected
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "no connection in time") from failure
        raise NewConnectionError(self, f"no connection: {failure}") from failure


class GuardedHTTPConnection(_Pinned):
    """http, to hosts that EGRESS_ALLOW names."""


class GuardedHTTPSConnection(_Pinned, HTTPSConnection):
    """https, with the certificate of the name."""

    scheme = "https"


class _PolicyPool(HTTPConnectionPool):
    """Hands its policy to each connection it opens; `kept` of them wait for another request, by default none."""

    def __init__(self, *args: Any, policy: EgressPolicy | None, kept: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self._policy, self._kept = policy, kept

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        connection.policy = self._policy  # type: ignore[attr-defined]
        return connection

    def _put_conn(self, conn: Any) -> None:
        if self.pool is not None and self._kept and not self.pool.full():
            super()._put_conn(conn)
        elif conn is not None:
            # Closed here, too: a server may keep open what it was asked to close.
            conn.close()


class GuardedHTTPPool(_PolicyPool):
    """Connections to one http host."""

    ConnectionCls = GuardedHTTPConnection


class GuardedHTTPSPool(_PolicyPool, HTTPSConnectionPool):
    """Connections to one https host."""

    ConnectionCls = GuardedHTTPSConnection


def _left(deadline: float | None) -> float | None:
    # A time-out of 0 would mean "do not wait" to a socket.
    return None if deadline is None else max(0.001, deadline - time.monotonic())


def _open(address: Address, port: int, timeout_s: float | None, options: Any) -> socket.socket:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in options or ():
            connected.setsockopt(*option)
        connected.settimeout(timeout_s)
        connected.connect((str(address), port))
    except OSError:
        connected.close()
        raise
    return connected


def _check_peer(connected: socket.socket, address: Address) -> None:
    """Who answers must be who was judged, whatever stands between."""
    peer = ip_address(connected.getpeername()[0])
    if peer != address:
        connected.close()
        raise EgressRefused(f"connected to {address}, but {peer} answers")
