"""Where new pictures go and what gives them to browsers. Older versions say where older pictures are."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from gencraft_media.common.egress import EgressRefused, configured_policy
from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.sealed import SealedTextField

# Amazon's rules for new buckets, which its likes keep as well; read 2026-11-22.
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
OPENED_BY = (
    "A server with a private address, a port of its own or plain http is opened by naming it in the environment"
    " variable EGRESS_ALLOW, as in EGRESS_ALLOW=storage-box:9000; then start the engine anew."
)


class StorageKind(models.TextChoices):
    """What keeps the bytes."""

    ENVIRONMENT = "environment", "As the environment says"
    LOCAL = "local", "Folders of this machine"
    S3 = "s3", "S3, R2 or a server like them"


class CdnProvider(models.TextChoices):
    """Who stands between the storage and browsers."""

    NONE = "none", "This engine itself"
    CLOUDFLARE = "cloudflare", "Cloudflare"
    CLOUDFRONT = "cloudfront", "CloudFront"
    CUSTOM = "custom", "Another"


def validate_web_address(value: str) -> None:
    """An http or https address, also of a host without a dot. Raises ValidationError."""
    try:
        parts = urlsplit(value)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.query or parts.fragment or parts.username or not value.isprintable() or " " in value:
        raise ValidationError("Write an address as in https://cdn.example.com, without a query and a password.")


def validate_bucket_name(value: str) -> None:
    """What S3 takes for the name of a bucket. Raises ValidationError."""
    if not _BUCKET.fullmatch(value):
        raise ValidationError("A bucket's name has 3 to 63 small letters, digits, hyphens and dots.")


class StorageSettings(VersionedSettings):
    """The storage of new objects and its CDN; the environment's while no version says otherwise."""

    kind = models.CharField(max_length=20, choices=StorageKind.choices, default=StorageKind.ENVIRONMENT)
    bucket = models.CharField(max_length=63, blank=True, validators=[validate_bucket_name])
    # Originals have a bucket of their own; empty: the bucket's name and "-originals".
    private_bucket = models.CharField(max_length=63, blank=True, validators=[validate_bucket_name])
    region = models.CharField(max_length=50, blank=True)
    # Empty: Amazon's own address for the region.
    endpoint = models.CharField(max_length=200, blank=True, validators=[validate_web_address])
    # Both empty: the machine's role and wherever else botocore looks.
    access_key = SealedTextField(blank=True)
    secret_key = SealedTextField(blank=True)
    # What stands before the key in `cdnUrl`; empty: this engine's own address.
    cdn_url = models.CharField(max_length=200, blank=True, validators=[validate_web_address])
    cdn_provider = models.CharField(max_length=20, choices=CdnProvider.choices, default=CdnProvider.NONE)
    cloudfront_distribution_id = models.CharField(max_length=50, blank=True)
    cloudflare_zone_id = models.CharField(max_length=50, blank=True)
    cloudflare_token = SealedTextField(blank=True)

    class Meta(VersionedSettings.Meta):
        db_table = "storage_settings"
        verbose_name_plural = "storage settings"

    @property
    def originals_bucket(self) -> str:
        """The bucket of private objects, also where none is named."""
        return self.private_bucket or f"{self.bucket}-originals"

    @property
    def has_environments_server(self) -> bool:
        """Whether its server is the one that the environment names, or Amazon's own."""
        endpoint = self.endpoint.rstrip("/")
        return not endpoint or endpoint == settings.S3_ENDPOINT

    def clean(self) -> None:
        """Raises ValidationError for fields that cannot go together."""
        super().clean()
        if self.kind != StorageKind.S3:
            return
        problems = {}
        if not self.bucket:
            problems["bucket"] = "Name the bucket of public pictures."
        elif self.originals_bucket == self.bucket:
            problems["private_bucket"] = "Originals need a bucket of their own: a CDN may be given all of the other."
        elif _BUCKET.fullmatch(self.bucket) and not _BUCKET.fullmatch(self.originals_bucket):
            problems["private_bucket"] = f"{self.originals_bucket} is too long for a bucket's name: name another."
        if bool(self.access_key) != bool(self.secret_key):
            lacking = "secret_key" if self.access_key else "access_key"
            problems[lacking] = "An access key and its secret key are entered together."
        if reason := self._why_not_let_out():
            problems["endpoint"] = f"This address is not let out to: {reason}. {OPENED_BY}"
        if problems:
            raise ValidationError(problems)

    def _why_not_let_out(self) -> str:
        if self.has_environments_server:
            return ""
        try:
            configured_policy().target_of(self.endpoint)
        except EgressRefused as error:
            return str(error.reason)
        return ""
