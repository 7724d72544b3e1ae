"""What holds for every test: no address outside this machine, no settings remembered from the test before."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

import gencraft_media.celery  # noqa: F401 (without it, tests would publish to an AMQP server)
from billing.pricelist import forget_prices
from gencraft_media.common.remembered import forget_remembered
from gencraft_media.common.versioned import forget_settings
from tests.choosing import pytest_addoption, pytest_collection_modifyitems
from tests.flushing import emptying_passes_append_only_triggers, plans_come_back_after_emptying
from tests.services.ceph import ceph_door, ceph_gateway
from tests.services.s3 import s3, s3_door, s3_server, s3_unmade

__all__ = [
    "ceph_door",
    "ceph_gateway",
    "emptying_passes_append_only_triggers",
    "plans_come_back_after_emptying",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "s3",
    "s3_door",
    "s3_server",
    "s3_unmade",
]

_connect = socket.socket.connect


class OutsideConnection(AssertionError):
    """A test tried to reach another machine."""


def _connect_at_home(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise OutsideConnection(f"tests do not connect to {address[0]}")
    _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that is not to this machine."""
    socket.socket.connect = _connect_at_home  # type: ignore[method-assign, assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    """What is remembered for a second in production is read anew by every test."""
    forget_settings()
    forget_prices()
    forget_remembered()
