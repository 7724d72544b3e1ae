"""Clients of S3 and its like, shared by the threads of a process, with bounded waits."""

import functools
import os
import threading
from typing import Any, NamedTuple

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from assets.guarded_client import MOST_CONNECTIONS, guard

_making = threading.Lock()
# One for each server, pair of keys and kind of waits in use; the longest unused goes, as keys do that were replaced.
_MOST_CLIENTS = 12


class Waits(NamedTuple):
    """How long a client waits for a connection and for an answer, and how often it asks."""

    connect_s: float
    read_s: float
    attempts: int


PATIENT = Waits(3.0, 20.0, 3)
# For checks: of every few seconds, and of somebody who sits before a page.
IMPATIENT = Waits(2.0, 2.0, 1)
ASKED_ONCE = Waits(3.0, 8.0, 1)


def client_of(
    endpoint_url: str | None,
    region: str,
    access_key: str | None,
    secret_key: str | None,
    waits: Waits,
    *,
    guarded: bool,
    signed: bool,
) -> Any:
    """The client that all threads of this process share. `guarded`: it goes where egress lets out, and there alone."""
    with _making:
        # A forked child must not write to its parent's connections.
        return _made(os.getpid(), endpoint_url, region, access_key, secret_key, waits, guarded=guarded, signed=signed)


def client_config(endpoint_url: str | None, waits: Waits = PATIENT) -> Config:
    """Bounded waits, few attempts, and nothing that only Amazon's own servers understand."""
    return Config(
        signature_version="s3v4",
        connect_timeout=waits.connect_s,
        read_timeout=waits.read_s,
        retries={"mode": "standard", "total_max_attempts": waits.attempts},
        max_pool_connections=MOST_CONNECTIONS,
        tcp_keepalive=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if endpoint_url else "auto", "payload_signing_enabled": True},
    )


@functools.lru_cache(maxsize=_MOST_CLIENTS)
def _made(
    process_id: int,
    endpoint_url: str | None,
    region: str,
    access_key: str | None,
    secret_key: str | None,
    waits: Waits,
    *,
    guarded: bool,
    signed: bool,
) -> Any:
    session = boto3.session.Session(aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region)
    config = client_config(endpoint_url, waits)
    if not signed:
        config = config.merge(Config(signature_version=UNSIGNED))
    if not guarded:
        return session.client("s3", endpoint_url=endpoint_url, config=config)
    # None would mean those of the machine's environment.
    client = session.client("s3", endpoint_url=endpoint_url, config=config.merge(Config(proxies={})))
    guard(client)
    return client
