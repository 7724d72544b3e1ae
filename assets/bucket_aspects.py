"""What each bucket must be like: one look and one correction for each aspect."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from assets.write_once import WriteOnceStorage

_IGNORED = ("IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# With the fourth Ceph 16 refuses every write that names no ACL; what is ignored need not be refused as well.
_REFUSED = ("BlockPublicAcls",)
_RULE_ID = "gencraft-unfinished-uploads"
# The engine writes each object in one request; what stays unfinished is somebody else's, and costs storage unseen.
_UNFINISHED = {
    "ID": _RULE_ID,
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_READABLE_ANYWHERE = {
    "AllowedMethods": ["GET", "HEAD"],
    "AllowedOrigins": ["*"],
    "ExposeHeaders": ["ETag"],
    "MaxAgeSeconds": 86_400,
}
_POSTED_ANYWHERE = {"AllowedMethods": ["POST"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 86_400}
_NOTHING_SET = {
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchLifecycleConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
    "NoSuchCORSConfiguration",
}


def _every(bucket: WriteOnceStorage) -> bool:
    return True


@dataclass(frozen=True)
class Aspect:
    """`find_difference` says in words what is not as it should be, and `put_right` makes it so.

    `concerns`: whether the bucket has to be looked at for this.
    """

    name: str
    find_difference: Callable[[WriteOnceStorage], str | None]
    put_right: Callable[[WriteOnceStorage], None]
    concerns: Callable[[WriteOnceStorage], bool] = _every


def is_amazons(bucket: WriteOnceStorage) -> bool:
    """Whether it is S3 itself and not one of its likes."""
    return not bucket.endpoint_url or ".amazonaws.com" in bucket.endpoint_url


def _asked(bucket: WriteOnceStorage, operation: str) -> dict[str, Any]:
    """What is set, and {} for nothing."""
    try:
        answer: dict[str, Any] = getattr(bucket.client, operation)(Bucket=bucket.bucket_name)
    except ClientError as error:
        if error.response["Error"]["Code"] in _NOTHING_SET:
            return {}
        raise
    return answer


def _ways_to_block(bucket: WriteOnceStorage) -> tuple[str, ...]:
    return (*_REFUSED, *_IGNORED) if is_amazons(bucket) else _IGNORED


def _find_public_access(bucket: WriteOnceStorage) -> str | None:
    found = _asked(bucket, "get_public_access_block").get("PublicAccessBlockConfiguration", {})
    open_ways = [name for name in _ways_to_block(bucket) if not found.get(name)]
    return f"not blocked: {', '.join(open_ways)}" if open_ways else None


def _block_public_access(bucket: WriteOnceStorage) -> None:
    wanted = dict.fromkeys((*_REFUSED, *_IGNORED), False) | dict.fromkeys(_ways_to_block(bucket), True)
    bucket.client.put_public_access_block(Bucket=bucket.bucket_name, PublicAccessBlockConfiguration=wanted)


def _find_unexpiring_uploads(bucket: WriteOnceStorage) -> str | None:
    rules = _asked(bucket, "get_bucket_lifecycle_configuration").get("Rules", [])
    enabled = [rule for rule in rules if rule["Status"] == "Enabled"]
    if any("AbortIncompleteMultipartUpload" in rule for rule in enabled):
        return None
    return "no lifecycle rule ends unfinished uploads"


def _let_unfinished_uploads_expire(bucket: WriteOnceStorage) -> None:
    rules = _asked(bucket, "get_bucket_lifecycle_configuration").get("Rules", [])
    kept = [rule for rule in rules if rule.get("ID") != _RULE_ID]
    bucket.client.put_bucket_lifecycle_configuration(
        Bucket=bucket.bucket_name, LifecycleConfiguration={"Rules": [*kept, _UNFINISHED]}
    )


def _find_no_encryption(bucket: WriteOnceStorage) -> str | None:
    found = _asked(bucket, "get_bucket_encryption").get("ServerSideEncryptionConfiguration", {})
    # Elsewhere it is the server's own affair: some take the setting, and then have no key to encrypt with.
    return None if found.get("Rules") or not is_amazons(bucket) else "objects are not encrypted by default"


def _encrypt(bucket: WriteOnceStorage) -> None:
    bucket.client.put_bucket_encryption(Bucket=bucket.bucket_name, ServerSideEncryptionConfiguration=_ENCRYPTED)


def _find_no_reads(bucket: WriteOnceStorage) -> str | None:
    return None if _allows_anywhere(bucket, "GET") else "scripts on other sites may not read pictures"


def _find_no_posts(bucket: WriteOnceStorage) -> str | None:
    return None if _allows_anywhere(bucket, "POST") else "scripts on other sites do not learn how a direct upload ended"


def _allows_anywhere(bucket: WriteOnceStorage, method: str) -> bool:
    rules = _asked(bucket, "get_bucket_cors").get("CORSRules", [])
    return any("*" in rule["AllowedOrigins"] and method in rule["AllowedMethods"] for rule in rules)


def _allow(bucket: WriteOnceStorage, *, rule: dict[str, Any]) -> None:
    rules = _asked(bucket, "get_bucket_cors").get("CORSRules", [])
    bucket.client.put_bucket_cors(Bucket=bucket.bucket_name, CORSConfiguration={"CORSRules": [*rules, rule]})


def _is_public(bucket: WriteOnceStorage) -> bool:
    return not bucket.private


def _takes_posts(bucket: WriteOnceStorage) -> bool:
    return bucket.private and bucket.is_posted_to


ASPECTS = (
    Aspect("public access", _find_public_access, _block_public_access),
    Aspect("unfinished uploads", _find_unexpiring_uploads, _let_unfinished_uploads_expire),
    Aspect("encryption", _find_no_encryption, _encrypt),
    Aspect("cross-origin reads", _find_no_reads, partial(_allow, rule=_READABLE_ANYWHERE), _is_public),
    Aspect("cross-origin posts", _find_no_posts, partial(_allow, rule=_POSTED_ANYWHERE), _takes_posts),
)
