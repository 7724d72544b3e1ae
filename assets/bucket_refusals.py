"""Why a server that speaks S3 refuses, in words that say what to change. No key is ever part of them."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from assets.errors import AssetError
from assets.write_once import WriteOnceStorage

_WRONG_REGION = {
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "InvalidLocationConstraint",
    "InvalidRegionName",
    "PermanentRedirect",
    "301",
}
_REASONS = {
    "InvalidAccessKeyId": "S3_ACCESS_KEY is not known at {server}.",
    "Unauthorized": "S3_ACCESS_KEY is not known at {server}.",
    "SignatureDoesNotMatch": "S3_SECRET_KEY does not belong to S3_ACCESS_KEY at {server}.",
    "RequestTimeTooSkewed": "The clock of this machine differs from that of {server}.",
    "ExpiredToken": "The key's session has expired.",
    "AccessDenied": "The key may not do {operation} on {bucket}.",
    "AllAccessDisabled": "The account at {server} is disabled.",
    "403": "The key may not do {operation} on {bucket}.",
    "BucketAlreadyExists": "The name {bucket} is somebody else's; choose another for S3_BUCKET or S3_PRIVATE_BUCKET.",
    "InvalidBucketName": "{bucket} is no name of a bucket.",
    "TooManyBuckets": "The account at {server} has as many buckets as it may.",
}


class SetupRefused(AssetError):
    """The storage cannot be set up."""


def refusal_of(error: ClientError | BotoCoreError | ValueError, bucket: WriteOnceStorage) -> SetupRefused:
    """What to tell the operator when nothing can be done before it is changed."""
    server = _server_of(bucket)
    if isinstance(error, ClientError):
        return SetupRefused(explain(error, bucket))
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return SetupRefused("S3_ACCESS_KEY and S3_SECRET_KEY are not set, and this machine has no role of its own.")
    if isinstance(error, EndpointConnectionError | HTTPClientError):
        return SetupRefused(f"{server} does not answer. Check S3_ENDPOINT and S3_REGION.")
    if isinstance(error, ValueError):
        return SetupRefused(f"{server} is no address of a server. Check S3_ENDPOINT and S3_BUCKET.")
    return SetupRefused(f"{server}: {type(error).__name__}.")


def explain(error: ClientError, bucket: WriteOnceStorage) -> str:
    """One refusal in words."""
    code = str(error.response["Error"].get("Code", "unknown"))
    if code in _WRONG_REGION:
        region = _region_in(error)
        lies = f"it lies in {region}" if region else "the server knows no such region"
        return f"S3_REGION={bucket.region_name} is wrong for {bucket.bucket_name}: {lies}."
    reason = _REASONS.get(code, "{server} refuses {operation} on {bucket}: {code}.")
    return reason.format(
        server=_server_of(bucket), operation=error.operation_name, bucket=bucket.bucket_name, code=code
    )


def _region_in(error: ClientError) -> str | None:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    found = error.response["Error"].get("Region") or headers.get("x-amz-bucket-region")
    return str(found) if found else None


def _server_of(bucket: WriteOnceStorage) -> str:
    return bucket.endpoint_url or f"Amazon S3 in {bucket.region_name}"
