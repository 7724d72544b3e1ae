"""A client of S3 whose connections are judged: its server was named in the dashboard, not by who runs the machine."""

from functools import partial
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection

from gencraft_media.common.egress.connections import (
    GuardedHTTPConnection,
    GuardedHTTPPool,
    GuardedHTTPSConnection,
    GuardedHTTPSPool,
)

# As many as a worker has threads, or threads would throw connections away and open new ones.
MOST_CONNECTIONS = 128


class _Connection(GuardedHTTPConnection, AWSHTTPConnection):  # type: ignore[misc]  # botocore carries no types
    """http, to hosts that EGRESS_ALLOW names, as botocore speaks it."""


class _TlsConnection(GuardedHTTPSConnection, AWSHTTPSConnection):  # type: ignore[misc]  # botocore carries no types
    """https, as botocore speaks it."""


class _Pool(GuardedHTTPPool):
    ConnectionCls = _Connection


class _TlsPool(GuardedHTTPSPool):
    ConnectionCls = _TlsConnection


def guard(client: Any) -> None:
    """Have a client of botocore connect only where egress lets out. Refused, it raises HTTPClientError, unsent.

    The client's configuration must name no proxy: one would connect in our place, where nobody judges.
    """
    bound: dict[str, Any] = {"policy": None, "kept": MOST_CONNECTIONS}
    # botocore has no seam for this; tests/assets/test_storage_settings.py fails where an update moves these names.
    session = client._endpoint.http_session
    session._manager.pool_classes_by_scheme = {"http": partial(_Pool, **bound), "https": partial(_TlsPool, **bound)}
