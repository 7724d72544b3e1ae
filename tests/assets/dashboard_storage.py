"""Storage as an operator sets it in the dashboard, over the buckets of the tests."""

import uuid
from dataclasses import replace
from typing import Any

from pytest_django import Settings

from assets.models import StorageKind, StorageSettings
from assets.write_once import WriteOnceStorage
from gencraft_media.common.versioned import change_settings
from tests.services.s3 import ACCESS_KEY, SECRET_KEY, Buckets


def forget_environment(settings: Settings) -> None:
    """An engine whose environment names no bucket, and whose operator may reach servers of this machine."""
    settings.STORAGES = {name: one for name, one in settings.STORAGES.items() if name not in ("pictures", "originals")}
    settings.S3_BUCKET = settings.S3_ENDPOINT = ""
    settings.EGRESS_ALLOW = ["127.0.0.1"]


def columns_of(buckets: Buckets, **changes: Any) -> dict[str, Any]:
    """What an operator enters for these buckets."""
    entered = {
        "kind": StorageKind.S3,
        "bucket": buckets.pictures.bucket_name,
        "private_bucket": buckets.originals.bucket_name,
        "endpoint": buckets.door.url,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET_KEY,
    }
    return {**entered, **changes}


def use_dashboard(buckets: Buckets, **changes: Any) -> StorageSettings:
    """Save a version that names these buckets."""
    return change_settings(StorageSettings, columns_of(buckets, **changes))


def another_pair(buckets: Buckets) -> Buckets:
    """Two more buckets on the same server, made and empty."""
    name = f"moved-{uuid.uuid4().hex[:12]}"
    pair = replace(
        buckets,
        pictures=_like(buckets.pictures, name),
        originals=_like(buckets.originals, f"{name}-originals"),
    )
    for bucket in (pair.pictures, pair.originals):
        bucket.client.create_bucket(Bucket=bucket.bucket_name)
    return pair


def _like(bucket: WriteOnceStorage, name: str) -> WriteOnceStorage:
    return WriteOnceStorage(
        bucket_name=name,
        private=bucket.private,
        endpoint_url=bucket.endpoint_url,
        region_name=bucket.region_name,
        access_key=bucket.access_key,
        secret_key=bucket.secret_key,
    )
