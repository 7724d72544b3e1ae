"""Whether others on the internet can reach an address of this engine, as far as its text tells."""

import ipaddress
from urllib.parse import urlsplit

# Names that no public server knows (RFC 6761, RFC 6762, RFC 8375, ICANN 2024).
_LOCAL_ENDINGS = (".localhost", ".local", ".test", ".invalid", ".example", ".internal", ".home.arpa")


def is_public_address(url: str) -> bool:
    """Whether `url` is https at a name or an IP address that is not of some local network."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_LOCAL_ENDINGS)
