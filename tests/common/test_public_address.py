"""Which addresses of an engine others on the internet can reach."""

import pytest

from gencraft_media.common.public_address import is_public_address


@pytest.mark.parametrize(
    "url",
    ["https://engine.example.com", "https://engine.example.com:8443/x", "https://8.8.8.8", "https://[2606:4700::1]"],
)
def test_a_public_name_or_address_over_https_is(url: str) -> None:
    assert is_public_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://engine.example.com",
        "https://localhost:8000",
        "https://engine",
        "https://engine.local",
        "https://engine.internal.",
        "https://127.0.0.1",
        "https://10.1.2.3",
        "https://192.168.1.1",
        "https://100.64.0.1",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[fc00::1]",
        "https://",
        "",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert not is_public_address(url)
