"""What is public: the table, the addresses inside addresses, and never anything that Python calls private."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencraft_media.common.egress.addresses import embedded_ipv4, why_not_own, why_not_public
from tests.common.egress_forms import FORBIDDEN_IPV4, FORBIDDEN_IPV6, PUBLIC, carriers

NUMBERS = st.integers(min_value=0, max_value=2**32 - 1)


@pytest.mark.parametrize("text", [*FORBIDDEN_IPV4, *FORBIDDEN_IPV6])
def test_an_address_of_the_table_is_not_public(text: str) -> None:
    assert why_not_public(ip_address(text))


@pytest.mark.parametrize("text", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_public_address_is_public_also_through_the_gateways_of_networks_without_ipv4(text: str) -> None:
    assert why_not_public(ip_address(text)) == ""


@pytest.mark.parametrize(
    "text", ["::8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b:1::8.8.8.8", "2002:808:808::", "2001::f7f7:f7f7"]
)
def test_a_tunnel_is_not_public_wherever_it_leads(text: str) -> None:
    assert why_not_public(ip_address(text))


@pytest.mark.parametrize("text", FORBIDDEN_IPV4)
def test_a_forbidden_address_is_found_inside_every_carrier(text: str) -> None:
    for carrier in carriers(text):
        address = IPv6Address(carrier.strip("[]"))
        assert embedded_ipv4(address) == IPv4Address(text), carrier
        assert why_not_public(address), carrier


@given(NUMBERS)
def test_what_python_calls_private_is_never_public(number: int) -> None:
    address = IPv4Address(number)
    mapped, translated = IPv6Address(f"::ffff:{address}"), IPv6Address(f"64:ff9b::{address}")
    assert bool(why_not_public(mapped)) == bool(why_not_public(translated)) == bool(why_not_public(address))
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert why_not_public(address)


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_only_global_unicast_is_public_in_ipv6(number: int) -> None:
    address = IPv6Address(number)
    if why_not_public(address) == "":
        assert embedded_ipv4(address) or (address.is_global and number >> 125 == 1)


def test_an_own_host_may_be_private_but_never_metadata() -> None:
    for text in ("127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1", *PUBLIC):
        assert why_not_own(ip_address(text)) == "", text
    for text in ("169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "::", "192.0.0.192", "::127.0.0.1"):  # noqa: S104
        assert why_not_own(ip_address(text)), text


def test_a_scoped_address_is_of_one_cable_only() -> None:
    assert why_not_public(IPv6Address("2606:4700::1%eth0"))
