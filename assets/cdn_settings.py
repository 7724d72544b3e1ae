"""What to set at CloudFront or Cloudflare so that they give the public bucket, and nothing else, to browsers."""

import json
from typing import Any

from assets.keys import PUBLIC_PREFIX

_NAME = "gencraft-pictures"
# Of the answers for pictures: no site is told what it may not do with them, and no browser runs one as a page.
_SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

_CLOUDFRONT = """CloudFront: give the distribution these settings (docs/storage-s3-cloudfront.md has the commands).

1. Origin access control, for the origin {bucket}.s3.{region}.amazonaws.com:
{access}

2. Bucket policy of {bucket}; put in your account and the distribution's id:
{policy}

3. Cache policy of the behaviour for {prefix}*:
{cache}

4. Response headers policy of that behaviour:
{headers}

5. Viewer protocol: redirect to https. Methods: GET, HEAD. Error 403 of the origin: answer 404, kept for 10 s.
   {bucket} lists nothing to CloudFront, so S3 says 403 where there is no object."""

_CLOUDFLARE = """Cloudflare: give the bucket {bucket}, and no other, these settings (docs/storage-r2-cloudflare.md).

1. R2 > {bucket} > Settings > Custom domains: {host}. Leave the r2.dev address off.
2. Caching > Cache rules, for the host {host}: eligible for cache; edge and browser TTL: respect the origin's.
3. Rules > Transform rules > Response headers, for the host {host}, set:
{headers}
4. The originals' bucket gets no domain and no r2.dev address."""

_CUSTOM = """The CDN at {url}: have it give {prefix}* of the bucket {bucket}, and nothing of the originals' bucket.
Allow it to read the bucket, keep the origin's Cache-Control, and set for all answers:
{headers}"""

_NONE = """No CDN: the engine itself gives pictures at {url}/{prefix}…, and both buckets stay closed.
A cache may stand before it; the answers say public, max-age=31536000, immutable."""


def cdn_settings(*, provider: str, bucket: str, region: str, cdn_url: str) -> str:
    """The settings to apply, for people to read and to copy."""
    host = cdn_url.split("://", 1)[-1]
    if provider == "cloudfront":
        return _CLOUDFRONT.format(
            bucket=bucket,
            region=region,
            prefix=PUBLIC_PREFIX,
            access=_written(access_control()),
            policy=_written(bucket_policy(bucket)),
            cache=_written(cache_policy()),
            headers=_written(response_headers_policy()),
        )
    headers = "\n".join(f"     {name}: {value}" for name, value in _SAFETY.items())
    if provider == "cloudflare":
        return _CLOUDFLARE.format(bucket=bucket, host=host, headers=headers)
    if provider == "custom":
        return _CUSTOM.format(url=cdn_url, prefix=PUBLIC_PREFIX, bucket=bucket, headers=headers)
    return _NONE.format(url=cdn_url, prefix=PUBLIC_PREFIX)


def access_control() -> dict[str, Any]:
    """How CloudFront proves to S3 that it is the one who asks."""
    return {
        "Name": _NAME,
        "SigningProtocol": "sigv4",
        "SigningBehavior": "always",
        "OriginAccessControlOriginType": "s3",
    }


def bucket_policy(bucket: str) -> dict[str, Any]:
    """One distribution may read public objects; nobody may read anything without TLS."""
    distribution = "arn:aws:cloudfront::ACCOUNT_ID:distribution/DISTRIBUTION_ID"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "OneDistributionReadsPictures",
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{bucket}/{PUBLIC_PREFIX}*",
                "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
            },
            {
                "Sid": "NobodyWithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def cache_policy() -> dict[str, Any]:
    """Kept as long as the object says, which is a year; nothing of a request but its path matters."""
    nothing = {
        "EnableAcceptEncodingGzip": False,
        "EnableAcceptEncodingBrotli": False,
        "HeadersConfig": {"HeaderBehavior": "none"},
        "CookiesConfig": {"CookieBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    return {
        "Name": _NAME,
        "MinTTL": 0,
        "DefaultTTL": 86_400,
        "MaxTTL": 31_536_000,
        "ParametersInCacheKeyAndForwardedToOrigin": nothing,
    }


def response_headers_policy() -> dict[str, Any]:
    """What the engine's own answers for pictures say as well."""
    return {
        "Name": _NAME,
        "CorsConfig": {
            "AccessControlAllowOrigins": {"Quantity": 1, "Items": ["*"]},
            "AccessControlAllowHeaders": {"Quantity": 1, "Items": ["*"]},
            "AccessControlAllowMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]},
            "AccessControlAllowCredentials": False,
            "OriginOverride": True,
        },
        "SecurityHeadersConfig": {
            "ContentTypeOptions": {"Override": True},
            "ContentSecurityPolicy": {
                "Override": True,
                "ContentSecurityPolicy": _SAFETY["Content-Security-Policy"],
            },
        },
        "CustomHeadersConfig": {
            "Quantity": 1,
            "Items": [
                {
                    "Header": "Cross-Origin-Resource-Policy",
                    "Value": _SAFETY["Cross-Origin-Resource-Policy"],
                    "Override": True,
                }
            ],
        },
    }


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2)
