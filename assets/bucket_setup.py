"""Looks at the two buckets and, if asked, makes them what the engine needs."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from assets.bucket_aspects import ASPECTS, Aspect, is_amazons
from assets.bucket_refusals import SetupRefused, explain, names_of, refusal_of
from assets.object_store import ObjectStore
from assets.storage_choice import cdn_set_by, current_choice, settings_in_force
from assets.storage_models import CdnProvider
from assets.write_once import WriteOnceStorage, status_of

CDN_PROVIDERS = ("cloudfront", "cloudflare", "custom", "none")
# What servers answer to requests that they do not know. What is missing cannot be set, and need not be.
_NOT_OFFERED = {"NotImplemented", "MethodNotAllowed", "UnsupportedOperation", "XNotImplemented"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `differs` if it is not, or not yet, as it should be."""

    subject: str
    aspect: str
    state: str
    differs: bool = False


def buckets_in_use() -> tuple[WriteOnceStorage, WriteOnceStorage] | None:
    """The public bucket and the private one; None where pictures are kept in folders of this machine."""
    store = current_choice()
    return store.buckets if isinstance(store, ObjectStore) else None


def look_at_storage(*, change: bool) -> Iterator[Finding]:
    """Every finding; with `change`, each difference is put right where that can be done.

    Raises `SetupRefused` when the server cannot be talked to at all.
    """
    buckets = buckets_in_use()
    if buckets is None:
        return
    yield from _look_at_settings(*buckets)
    for bucket in buckets:
        try:
            yield from _look_at_bucket(bucket, change=change)
        except (ClientError, BotoCoreError, ValueError) as error:
            raise refusal_of(error, bucket) from error


def _look_at_settings(pictures: WriteOnceStorage, originals: WriteOnceStorage) -> Iterator[Finding]:
    cdn, named = cdn_set_by(settings_in_force()), names_of(pictures)
    if cdn.provider not in CDN_PROVIDERS:
        yield Finding("settings", named["cdn_provider"], f"is none of {', '.join(CDN_PROVIDERS)}", differs=True)
    if pictures.bucket_name == originals.bucket_name:
        told = "is the public bucket; originals need their own"
        yield Finding("settings", named["private_name"], told, differs=True)
    if cdn.provider in (CdnProvider.CLOUDFRONT, CdnProvider.CLOUDFLARE, CdnProvider.CUSTOM):
        if cdn.url == settings.PUBLIC_URL:
            told = "is not set: pictures would not come from the CDN"
            yield Finding("settings", named["cdn_url"], told, differs=True)
        elif not cdn.url.startswith("https://"):
            yield Finding("settings", named["cdn_url"], "is not https", differs=True)


def _look_at_bucket(bucket: WriteOnceStorage, *, change: bool) -> Iterator[Finding]:
    name = bucket.bucket_name
    if _exists(bucket):
        yield Finding(name, "bucket", "there")
    elif not change:
        yield Finding(name, "bucket", "missing", differs=True)
        return
    else:
        _create(bucket)
        yield Finding(name, "bucket", "created")
    yield from _look_at_region(bucket)
    for aspect in ASPECTS:
        if aspect.concerns(bucket):
            yield _look_at_aspect(bucket, aspect, change=change)
    if change:
        yield _try_writing_once(bucket)


def _exists(bucket: WriteOnceStorage) -> bool:
    try:
        # HeadBucket's refusals carry no reason.
        bucket.client.list_objects_v2(Bucket=bucket.bucket_name, MaxKeys=1)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            return False
        raise
    return True


def _create(bucket: WriteOnceStorage) -> None:
    more: dict[str, Any] = {}
    # Other servers know no regions of Amazon's, and Amazon takes no name for its first.
    if is_amazons(bucket) and bucket.region_name != "us-east-1":
        more["CreateBucketConfiguration"] = {"LocationConstraint": bucket.region_name}
    bucket.client.create_bucket(Bucket=bucket.bucket_name, **more)


def _look_at_region(bucket: WriteOnceStorage) -> Iterator[Finding]:
    # Amazon sends requests for another region on, so that a wrong one costs time in every request and shows nowhere.
    found = bucket.client.head_bucket(Bucket=bucket.bucket_name).get("BucketRegion")
    if found and bucket.region_name not in (found, "auto"):
        yield Finding(
            bucket.bucket_name,
            "region",
            f"is {found}, and {names_of(bucket)['region']} is {bucket.region_name}",
            differs=True,
        )


def _look_at_aspect(bucket: WriteOnceStorage, aspect: Aspect, *, change: bool) -> Finding:
    name = bucket.bucket_name
    try:
        difference = aspect.find_difference(bucket)
        if difference and change:
            aspect.put_right(bucket)
            difference = aspect.find_difference(bucket)
            state = "set" if difference is None else f"{difference}, also after it was set"
            return Finding(name, aspect.name, state, differs=difference is not None)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOT_OFFERED or status_of(error) in (405, 501):
            return Finding(name, aspect.name, "not offered by this server")
        return Finding(name, aspect.name, explain(error, bucket), differs=True)
    return Finding(name, aspect.name, difference or "as it should be", differs=difference is not None)


def _try_writing_once(bucket: WriteOnceStorage) -> Finding:
    key = f"setup/{uuid.uuid4().hex}"

    def put() -> None:
        bucket.client.put_object(Bucket=bucket.bucket_name, Key=key, Body=b"once", IfNoneMatch="*")

    try:
        put()
        try:
            put()
        except ClientError as error:
            if status_of(error) == 412:
                return Finding(bucket.bucket_name, "write-once", "kept by this server")
            raise
    finally:
        bucket.client.delete_object(Bucket=bucket.bucket_name, Key=key)
    raise SetupRefused(
        f"The server of {bucket.bucket_name} ignores If-None-Match and would let a stored picture be replaced. "
        "It cannot be used."
    )
