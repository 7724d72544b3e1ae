"""Hundreds of ways to write an address that must not be reached, and a listener that would know if one was."""

import contextlib
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

FORBIDDEN_IPV4 = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
FORBIDDEN_IPV6 = [
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "64:ff9b:1::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80e::2004"]


def spellings(text: str) -> list[str]:
    """Hosts that some parser or resolver takes for this IPv4 address."""
    number = int(IPv4Address(text))
    a, b, c, d = (int(part) for part in text.split("."))
    low24, low16 = number & 0xFFFFFF, number & 0xFFFF
    wide = text.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    circled = text.translate({ord("1") + digit: 0x2460 + digit for digit in range(9)} | {ord("0"): 0x24EA})
    return [
        text,
        f"{text}.",
        f"{text}..",
        str(number),
        f"{number}.",
        hex(number),
        hex(number).upper(),
        f"{hex(number)}.",
        f"0{number:o}",
        f"{hex(a)}.{hex(b)}.{hex(c)}.{hex(d)}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"000{a:o}.000{b:o}.000{c:o}.000{d:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"{hex(a)}.{b}.0{c:o}.{d}",
        f"{a}.{low24}",
        f"{a}.{hex(low24)}",
        f"{a}.{b}.{low16}",
        f"{a}.{b}.0{low16:o}",
        f"{a + 256}.{b}.{c}.{d}",
        str(number + 2**32),
        text.replace(".", "。"),
        text.replace(".", "．"),
        text.replace(".", "%2e"),
        f"%{ord(text[0]):x}{text[1:]}",
        wide,
        circled,
        f"{text}\t",
        f"{text}%00.example.com",
        f"{text}%20",
        f"{text}\u00ad",
        f"\u200b{text}",
    ]


def carriers(text: str) -> list[str]:
    """IPv6 addresses, in brackets, that lead to this IPv4 address by some gateway or stack."""
    number = int(IPv4Address(text))
    high, low = number >> 16, number & 0xFFFF
    turned = number ^ 0xFFFFFFFF
    written = [
        f"::ffff:{text}",
        f"::FFFF:{high:x}:{low:x}",
        f"0:0:0:0:0:ffff:{high:04x}:{low:04x}",
        f"::{text}",
        f"::ffff:0:{text}",
        f"64:ff9b::{text}",
        f"64:ff9b::{high:x}:{low:x}",
        f"64:ff9b:1::{text}",
        f"2002:{high:x}:{low:x}::",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:0808:0808:0:0:{turned >> 16:x}:{turned & 0xFFFF:x}",
    ]
    return [f"[{address}]" for address in written]


def urls_of(port: int) -> list[str]:
    """Every form, as URLs to `port`."""
    hosts = [host for text in FORBIDDEN_IPV4 for host in (*spellings(text), *carriers(text))]
    for text in FORBIDDEN_IPV6:
        whole = IPv6Address(text).exploded
        hosts += [f"[{text}]", f"[{whole}]", f"[{text}%25lo]", f"[{text}%lo]", f"[v1.{text}]", text]
    urls = [f"https://{host}:{port}/" for host in hosts]
    for text in FORBIDDEN_IPV4:
        urls += [
            f"https://api.example.com@{text}:{port}/",
            f"https://api.example.com:443@{text}:{port}/",
            f"https://@{text}:{port}/",
            f"https://api.example.com%40{text}:{port}/",
            f"https://{text}:{port}\\@api.example.com/",
            f"https://api.example.com\\@{text}:{port}/",
            f"https:\\\\{text}:{port}/",
            f"https:{text}:{port}/",
            f"https:///{text}:{port}/",
            f"https:////{text}:{port}/",
            f" https://{text}:{port}/",
            f"https://{text} :{port}/",
            f"https://\n{text}:{port}/",
            f"https://{text}:{port}#@api.example.com/",
            f"https://{text}:{port}?@api.example.com/",
            f"HTTPS://{text}:{port}/",
            f"http://{text}:{port}/",
            f"//{text}:{port}/",
            f"ftp://{text}:{port}/",
            f"gopher://{text}:{port}/",
        ]
    return urls


class Listener:
    """Listens on every address of this machine, IPv4 and IPv6, and counts who came. Nobody is answered."""

    def __init__(self) -> None:
        self.sockets = [socket.create_server(("0.0.0.0", 0), backlog=1024)]  # noqa: S104 (that is the point)
        self.port = int(self.sockets[0].getsockname()[1])
        with contextlib.suppress(OSError):
            self.sockets.append(
                socket.create_server(("::", self.port), family=socket.AF_INET6, backlog=1024, dualstack_ipv6=False)
            )
        for listening in self.sockets:
            listening.setblocking(False)

    def arrivals(self) -> int:
        """How many connections were made since the last count; those that were given up again count as well."""
        count = 0
        for listening in self.sockets:
            with contextlib.suppress(BlockingIOError):
                while True:
                    listening.accept()[0].close()
                    count += 1
        return count


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """A listener for the length of a block."""
    listener = Listener()
    try:
        yield listener
    finally:
        for each in listener.sockets:
            each.close()
