"""Which addresses may be reached: one parser and one judgement for the check and for the use."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from gencraft_media.common.egress.addresses import Address, Network, why_not_own, why_not_public
from gencraft_media.common.egress.errors import EgressRefused

# Signed output addresses of object stores come near 2000 characters.
LONGEST_URL = 4096
PORTS = frozenset({443, 8443})
_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
# What resolvers take for a number: a name that ends so is an IPv4 address in some spelling (WHATWG URL, 2026-11-22).
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_USERINFO = re.compile(r"[^/?#]*//[^/?#]*@")


@dataclass(frozen=True)
class Target:
    """Where a URL leads: scheme, lower-case ASCII host without a trailing dot, port, and its address if it is one."""

    scheme: str
    host: str
    port: int
    literal: Address | None
    # Whether EGRESS_ALLOW names it.
    is_own: bool = False


@dataclass(frozen=True)
class _Entry:
    """One of EGRESS_ALLOW: a host name or a network, and a port where it holds for one only."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def names(self, host: str, literal: Address | None, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if literal is None:
            return self.name == host
        return self.network is not None and literal in self.network


class EgressPolicy:
    """What is allowed out. Public https hosts on 443 and 8443 always; what `allow` names also otherwise.

    An entry is `host`, `host:port`, an address, `address:port`, `[address]:port` or a network in CIDR. Addresses and
    networks open URLs with a literal address only: a name that leads there must be named itself, or a stranger's name
    could. Raises ImproperlyConfigured for an entry that cannot be read.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._entries = tuple(_entry(text) for text in allow if text.strip())

    def target_of(self, url: str) -> Target:
        """Where the URL leads, if its words allow it; addresses behind a name are judged by `judge`.

        Raises `EgressRefused`.
        """
        if len(url) > LONGEST_URL:
            raise EgressRefused("the URL is too long")
        if _UNSAFE.search(url):
            raise EgressRefused("the URL has control characters, spaces or backslashes")
        try:
            parts = parse_url(url)
        except LocationParseError as error:
            raise EgressRefused("the URL cannot be read") from error
        if parts.scheme not in _DEFAULT_PORTS:
            raise EgressRefused("only https is let out")
        if _USERINFO.match(url):
            raise EgressRefused("the URL carries credentials")
        if not parts.host:
            raise EgressRefused("the URL names no host")
        port = _DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
        return self._target(parts.scheme, *host_of(parts.host), port)

    def target_at(self, scheme: str, host: str, port: int) -> Target:
        """As `target_of`, of what a connection is about to use."""
        return self._target(scheme, *host_of(host), port)

    def _target(self, scheme: str, host: str, literal: Address | None, port: int) -> Target:
        is_own = any(entry.names(host, literal, port) for entry in self._entries)
        if not is_own and scheme != "https":
            raise EgressRefused("only https is let out")
        if not is_own and port not in PORTS:
            raise EgressRefused(f"port {port} is not let out to")
        target = Target(scheme, host, port, literal, is_own)
        if literal is not None:
            self.judge(target, [literal])
        return target

    def judge(self, target: Target, addresses: Iterable[Address]) -> None:
        """Raises `EgressRefused` when any of the addresses is not one the target may have."""
        if target.is_own and target.literal is not None:
            return
        why_not: Callable[[Address], str] = why_not_own if target.is_own else why_not_public
        for address in addresses:
            if why := why_not(address):
                raise EgressRefused(f"{target.host} is at {address}: {why}")


def configured_policy() -> EgressPolicy:
    """What operators may have connected to, as the settings are now."""
    return _policy_of(tuple(settings.EGRESS_ALLOW))


def clients_policy() -> EgressPolicy:
    """What clients may have connected to: the operator's own hosts are not theirs."""
    return _policy_of(tuple(settings.CLIENT_EGRESS_ALLOW))


@lru_cache(maxsize=8)
def _policy_of(allow: tuple[str, ...]) -> EgressPolicy:
    return EgressPolicy(allow)


def host_of(text: str) -> tuple[str, Address | None]:
    """A host in its one spelling, and its address where it is a literal. Raises `EgressRefused`.

    Of the many spellings of an IPv4 address only the usual one is read; resolvers read others as they like.
    """
    host = text.lower()
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if ":" in host:
        return _ipv6(host)
    host = host.removesuffix(".")
    if not _NAME.fullmatch(host):
        raise EgressRefused("the host is not a name")
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return host, None
    try:
        return host, IPv4Address(host)
    except ValueError as error:
        raise EgressRefused("the host is an address in an unusual spelling") from error


def _ipv6(text: str) -> tuple[str, Address]:
    try:
        address = IPv6Address(text)
    except ValueError as error:
        raise EgressRefused("the host is not an address") from error
    if address.scope_id is not None:
        raise EgressRefused("the host is a scoped address")
    return str(address), address


def _entry(text: str) -> _Entry:
    text = text.strip().lower()
    try:
        return _Entry(network=ip_network(text))
    except ValueError:
        host, colon, port = text.rpartition(":")
        if not colon or (host.count(":") and not host.endswith("]")):
            host, port = text, ""
    try:
        name, literal = host_of(host)
        number = int(port) if port else None
    except (EgressRefused, ValueError) as error:
        raise ImproperlyConfigured(f"EGRESS_ALLOW: {text!r} is no host, host:port or network.") from error
    if literal is not None:
        return _Entry(network=ip_network(ip_address(name)), port=number)
    return _Entry(name=name, port=number)
