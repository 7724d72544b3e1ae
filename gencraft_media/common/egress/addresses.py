"""Which IP addresses are public. Judged by an own table and by Python's, whose contents differ by patch release.

Table: IANA special-purpose registries for IPv4 and IPv6, read 2026-11-22, and two addresses that clouds answer on
inside their machines.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What an operator's own host may have, once EGRESS_ALLOW names it.
_OWN = {
    "127.0.0.0/8": "loopback",
    "10.0.0.0/8": "private",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "100.64.0.0/10": "shared by carriers",
    "::1/128": "loopback",
    "fc00::/7": "private",
}
# Of use to nobody by name; only an entry in EGRESS_ALLOW with this very address or network opens them.
_NEVER = {
    "0.0.0.0/8": "this host",
    "169.254.0.0/16": "link-local, cloud metadata",
    "168.63.129.16/32": "cloud metadata",
    "192.0.0.0/24": "protocol assignments, cloud metadata",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "multicast tunnels",
    "192.88.99.0/24": "6to4 relays",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "::/96": "IPv4-compatible",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b:1::/48": "local NAT64",
    "100::/63": "discard, dummy",
    "2001::/23": "protocol assignments, Teredo",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
_OWN_NETWORKS = [(ip_network(text), why) for text, why in _OWN.items()]
_NEVER_NETWORKS = [(ip_network(text), why) for text, why in _NEVER.items()]
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
# How many bits follow the IPv4 address in each form that carries one; Teredo is its own case.
_CARRIERS = {
    _MAPPED: 0,
    _NAT64: 0,
    IPv6Network("::/96"): 0,
    IPv6Network("::ffff:0:0:0/96"): 0,
    IPv6Network("64:ff9b:1::/48"): 0,
    IPv6Network("2002::/16"): 80,
}
_TEREDO = IPv6Network("2001::/32")
_UNICAST = IPv6Network("2000::/3")


def embedded_ipv4(address: Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, compatible, NAT64, 6to4, Teredo or IPv4-translated."""
    if isinstance(address, IPv4Address):
        return None
    number = int(address)
    if address in _TEREDO:
        return IPv4Address(~number & 0xFFFFFFFF)
    for network, shift in _CARRIERS.items():
        if address in network:
            return IPv4Address(number >> shift & 0xFFFFFFFF)
    return None


def why_not_public(address: Address) -> str:
    """Why the address is not a public one, "" when it is."""
    inner = embedded_ipv4(address)
    if inner is not None:
        why = why_not_public(inner)
        if why:
            return f"{why} ({inner})"
        if address in _MAPPED or address in _NAT64:
            # The ways on which a public IPv4 host is rightly reached as an IPv6 one.
            return ""
    return _listed(address, _OWN_NETWORKS) or _listed(address, _NEVER_NETWORKS) or _unlisted(address)


def why_not_own(address: Address) -> str:
    """Why an operator's own host, named in EGRESS_ALLOW, cannot be at the address; "" when it can."""
    return "" if _listed(address, _OWN_NETWORKS) else why_not_public(address)


def _listed(address: Address, networks: list[tuple[Network, str]]) -> str:
    return next((why for network, why in networks if address in network), "")


def _unlisted(address: Address) -> str:
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address.scope_id):
        return "not unicast"
    return "" if address.is_global else "not global"
