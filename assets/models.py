"""Where it lives: assets, collections, tags, and what clients brought. An asset is never changed in place."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now

from assets.storage_models import CdnProvider, StorageKind, StorageSettings
from gencraft_media.accounts.models import ExternalUser, Project, User
from gencraft_media.common.database import RandomUuid
from gencraft_media.common.models import UuidModel

__all__ = [
    "AssetKind",
    "AssetRating",
    "CdnProvider",
    "MediaAsset",
    "MediaCollection",
    "MediaUpload",
    "StorageKind",
    "StorageSettings",
    "UploadSource",
    "UploadState",
]


class MediaCollection(models.Model):
    """A named set of assets."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUuid(), editable=False)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, db_index=False, related_name="collections"
    )
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=255)
    description = models.TextField(null=True, blank=True)  # noqa: DJ001 (as specified)
    is_public = models.BooleanField(default=False, db_default=False, null=True)
    created_at = models.DateTimeField(db_default=Now(), null=True)
    slug = models.SlugField(max_length=255, null=True, blank=True, unique=True)  # NULL: no public page
    cover = models.ForeignKey("MediaAsset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        db_table = "media_collections"
        indexes = [models.Index(fields=["user"], name="media_collections_user_idx")]

    def __str__(self) -> str:
        return self.name


class AssetKind(models.TextChoices):
    """What an asset is."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    MODEL_3D = "model3d"


class MediaAsset(models.Model):
    """One stored output with its public web rendition, its thumbnail and its private original."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_default=RandomUuid(), editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, db_index=False, related_name="assets")
    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="assets")
    filename = models.CharField(max_length=255)
    mime_type = models.CharField(max_length=50)
    size = models.IntegerField()
    width = models.IntegerField()
    height = models.IntegerField()
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    cost = models.DecimalField(max_digits=12, decimal_places=6)
    s3_key = models.CharField(max_length=500)
    s3_bucket = models.CharField(max_length=100)
    cdn_url = models.CharField(max_length=1000)
    thumbnail_url = models.CharField(max_length=1000, null=True)  # noqa: DJ001 (as specified)
    generation_params = models.JSONField(null=True)
    collection = models.ForeignKey(
        MediaCollection, null=True, blank=True, on_delete=models.SET_NULL, db_index=False, related_name="assets"
    )
    version = models.IntegerField(default=1, db_default=1, null=True)
    parent_asset = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children")
    created_at = models.DateTimeField(db_default=Now(), null=True)
    expires_at = models.DateTimeField(null=True, blank=True, db_index=True)
    # Ours:
    kind = models.CharField(max_length=10, choices=AssetKind.choices, default=AssetKind.IMAGE, db_default="image")
    sha256 = models.CharField(max_length=64)
    thumbnail_key = models.CharField(max_length=500, blank=True)
    thumbhash = models.CharField(max_length=64, blank=True)  # base64
    dominant_color = models.CharField(max_length=7, blank=True)  # "#rrggbb"
    quality_score = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    # The parts of the score, by name, 0-1.
    quality = models.JSONField(default=dict)
    # 64 bits in hex: pictures that look alike differ in few of them.
    perceptual_hash = models.CharField(max_length=16, blank=True)
    original_key = models.CharField(max_length=500, blank=True)
    original_mime_type = models.CharField(max_length=50, blank=True)
    original_size = models.BigIntegerField(default=0)
    storage_backend = models.CharField(max_length=50, default="local")
    alt_text = models.CharField(max_length=1000, blank=True)
    metadata = models.JSONField(default=dict)
    job_id = models.UUIDField(null=True, db_index=True)
    # One delivered item, one asset: the second settlement of an item cannot make a second row.
    item_id = models.UUIDField(null=True, unique=True)
    external_user = models.ForeignKey(ExternalUser, null=True, on_delete=models.SET_NULL, related_name="assets")

    class Meta:
        db_table = "media_assets"
        indexes = [
            models.Index(fields=["user", "project"], name="media_assets_user_project_idx"),
            models.Index(fields=["collection"], name="media_assets_collection_idx"),
            models.Index(fields=["-created_at"], name="media_assets_created_idx"),
            models.Index(fields=["project", "-created_at", "-id"], name="media_assets_project_page_idx"),
        ]

    def __str__(self) -> str:
        return self.filename


class AssetTag(UuidModel):
    """One word on one asset."""

    asset = models.ForeignKey(MediaAsset, on_delete=models.CASCADE, related_name="tag_rows")
    tag = models.CharField(max_length=50)

    class Meta:
        db_table = "media_asset_tags"
        constraints = [models.UniqueConstraint(fields=["asset", "tag"], name="media_asset_tags_asset_tag")]
        indexes = [models.Index(fields=["tag"], name="media_asset_tags_tag_idx")]

    def __str__(self) -> str:
        return self.tag


class AssetRating(UuidModel):
    """What somebody thinks of an asset; it outlives the asset, for it says something of the model as well."""

    asset = models.ForeignKey(MediaAsset, null=True, on_delete=models.SET_NULL, related_name="ratings")
    project_id = models.UUIDField()
    subject = models.CharField(max_length=64)  # "user:<uuid>" or "external:<uuid>"
    stars = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    provider = models.CharField(max_length=50)
    model = models.CharField(max_length=100)
    rated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "media_asset_ratings"
        constraints = [models.UniqueConstraint(fields=["asset", "subject"], name="media_asset_ratings_once")]
        indexes = [
            models.Index(fields=["provider", "model", "-rated_at"], name="media_asset_ratings_model_idx"),
            models.Index(fields=["rated_at"], name="media_asset_ratings_date_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} for {self.asset_id}"


class UploadState(models.TextChoices):
    """Whether a picture that a client brings may be used."""

    PENDING = "pending"
    READY = "ready"
    REFUSED = "refused"
    # Past its time and on its way out: no job can hold on to it any more. Clients never see it.
    EXPIRED = "expired"


class UploadSource(models.TextChoices):
    """How a client's picture came."""

    MULTIPART = "multipart"
    DIRECT = "direct"
    ADDRESS = "address"


class MediaUpload(UuidModel):
    """A picture that a client brought to be worked on: decoded, cleaned and kept in private for a while.

    Only a direct upload has a row before its picture was judged. `key` names the clean object, `incoming_key` the one
    nobody has looked at yet, in the storage `storage_backend` and its bucket `s3_bucket`.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="uploads")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="uploads")
    external_user = models.ForeignKey(ExternalUser, null=True, on_delete=models.SET_NULL, related_name="uploads")
    state = models.CharField(max_length=10, choices=UploadState.choices)
    source = models.CharField(max_length=10, choices=UploadSource.choices)
    # What the client said of it.
    filename = models.CharField(max_length=255, blank=True)
    declared_type = models.CharField(max_length=100, blank=True)
    declared_size = models.IntegerField(null=True)
    # What it is, once it is ready: the facts of the clean object.
    mime_type = models.CharField(max_length=50, blank=True)
    size = models.IntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    has_alpha = models.BooleanField(null=True)
    key = models.CharField(max_length=500, blank=True)
    incoming_key = models.CharField(max_length=500, blank=True)
    storage_backend = models.CharField(max_length=50)
    s3_bucket = models.CharField(max_length=100)
    # Why it was refused: `reason` and `detail` of `BadUpload`.
    error = models.JSONField(null=True)
    # Clients see it until the first moment; a job that works with it keeps its bytes until the second.
    expires_at = models.DateTimeField(db_index=True)
    kept_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "media_uploads"
        indexes = [models.Index(fields=["project", "-created_at", "-id"], name="media_uploads_project_page_idx")]

    def __str__(self) -> str:
        return self.filename or str(self.pk)
