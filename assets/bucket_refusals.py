"""Why a server that speaks S3 refuses, in words that say what to change. No key is ever part of them."""

from collections.abc import Mapping

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from assets.errors import AssetError
from assets.storage_models import OPENED_BY
from assets.write_once import WriteOnceStorage
from gencraft_media.common.egress import EgressRefused

_WRONG_REGION = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "InvalidLocationConstraint",
    "InvalidRegionName",
    "PermanentRedirect",
    "301",
}
# What each setting is called by who set it: a variable, or a field of the dashboard.
_NAMES = {
    "environment": {
        "bucket_name": "S3_BUCKET",
        "private_name": "S3_PRIVATE_BUCKET",
        "endpoint": "S3_ENDPOINT",
        "region": "S3_REGION",
        "access": "S3_ACCESS_KEY",
        "secret": "S3_SECRET_KEY",
        "cdn_url": "CDN_URL",
        "cdn_provider": "CDN_PROVIDER",
    },
    "dashboard": {
        "bucket_name": "the bucket",
        "private_name": "the private bucket",
        "endpoint": "the endpoint",
        "region": "the region",
        "access": "the access key",
        "secret": "the secret key",
        "cdn_url": "the CDN's address",
        "cdn_provider": "the CDN",
    },
}
_REASONS = {
    "InvalidAccessKeyId": "{access} is not known at {server}.",
    "Unauthorized": "{access} is not known at {server}.",
    "SignatureDoesNotMatch": "{secret} does not belong to {access} at {server}.",
    "RequestTimeTooSkewed": "The clock of this machine differs from that of {server}.",
    "ExpiredToken": "The key's session has expired.",
    "AccessDenied": "The key may not do {operation} on {bucket}.",
    "AllAccessDisabled": "The account at {server} is disabled.",
    "403": "The key may not do {operation} on {bucket}.",
    "404": "There is no bucket {bucket} at {server}.",
    "NoSuchBucket": "There is no bucket {bucket} at {server}.",
    "BucketAlreadyExists": "The name {bucket} is somebody else's; choose another for {bucket_name} or {private_name}.",
    "InvalidBucketName": "{bucket} is no name of a bucket.",
    "TooManyBuckets": "The account at {server} has as many buckets as it may.",
}
_UNREACHABLE = "{server} does not answer. Check {endpoint} and {region}."
_NO_KEYS = "{access} and {secret} are not set, and this machine has no role of its own."
_NO_ADDRESS = "{server} is no address of a server. Check {endpoint} and {bucket_name}."


class SetupRefused(AssetError):
    """The storage cannot be set up."""


def refusal_of(error: ClientError | BotoCoreError | ValueError, bucket: WriteOnceStorage) -> SetupRefused:
    """What to tell the operator when nothing can be done before it is changed."""
    if isinstance(error, ClientError):
        return SetupRefused(explain(error, bucket))
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return SetupRefused(_said(_NO_KEYS, bucket))
    if isinstance(error, HTTPClientError) and isinstance(refused := error.kwargs.get("error"), EgressRefused):
        return SetupRefused(f"{_server_of(bucket)} is not let out to: {refused.reason}. {OPENED_BY}")
    if isinstance(error, EndpointConnectionError | HTTPClientError):
        return SetupRefused(_said(_UNREACHABLE, bucket))
    if isinstance(error, ValueError):
        return SetupRefused(_said(_NO_ADDRESS, bucket))
    return SetupRefused(f"{_server_of(bucket)}: {type(error).__name__}.")


def explain(error: ClientError, bucket: WriteOnceStorage) -> str:
    """One refusal in words."""
    code = str(error.response["Error"].get("Code", "unknown"))
    if code in _WRONG_REGION:
        region = _region_in(error)
        lies = f"it lies in {region}" if region else "the server knows no such region"
        return _said(f"{{region}}={bucket.region_name} is wrong for {{bucket}}: {lies}.", bucket)
    reason = _REASONS.get(code, "{server} refuses {operation} on {bucket}: {code}.")
    return _said(reason, bucket, operation=error.operation_name, code=code)


def names_of(bucket: WriteOnceStorage) -> Mapping[str, str]:
    """What its settings are called."""
    return _NAMES[bucket.named_by]


def _said(sentence: str, bucket: WriteOnceStorage, **more: str) -> str:
    said = sentence.format(server=_server_of(bucket), bucket=bucket.bucket_name, **names_of(bucket), **more)
    return said[0].upper() + said[1:] if sentence.startswith("{") and said.startswith("the ") else said


def _region_in(error: ClientError) -> str | None:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    found = error.response["Error"].get("Region") or headers.get("x-amz-bucket-region")
    return str(found) if found else None


def _server_of(bucket: WriteOnceStorage) -> str:
    return bucket.endpoint_url or f"Amazon S3 in {bucket.region_name}"
