"""Assets as clients see them: the specification's AssetMetadata, and what was added to it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assets.models import MediaAsset
from assets.quality_fields import QualitySerializer, RatingFiguresSerializer
from assets.ratings import rating_of
from gencraft_media.common.serializers import StrictSerializer, shown


class AssetMetadataSerializer(serializers.ModelSerializer[MediaAsset]):
    """One stored output. `cost` is the price to the client in US dollars."""

    userId = serializers.UUIDField(source="user_id", allow_null=True)
    projectId = serializers.UUIDField(source="project_id", allow_null=True)
    mimeType = serializers.CharField(source="mime_type")
    generationParams = serializers.JSONField(source="generation_params")
    cost = serializers.DecimalField(max_digits=12, decimal_places=6, coerce_to_string=False)
    s3Key = serializers.CharField(source="s3_key")
    s3Bucket = serializers.CharField(source="s3_bucket")
    cdnUrl = serializers.URLField(source="cdn_url")
    thumbnailUrl = serializers.URLField(source="thumbnail_url", allow_null=True)
    tags = serializers.SerializerMethodField()
    collectionId = serializers.UUIDField(source="collection_id", allow_null=True)
    parentAssetId = serializers.UUIDField(source="parent_asset_id", allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    expiresAt = serializers.DateTimeField(source="expires_at", allow_null=True)
    dominantColor = serializers.CharField(source="dominant_color")
    altText = serializers.CharField(source="alt_text")
    jobId = serializers.UUIDField(source="job_id", allow_null=True)
    metadata = serializers.JSONField()
    quality = serializers.SerializerMethodField()
    rating = serializers.SerializerMethodField()

    class Meta:
        model = MediaAsset
        # The specification's fields in its order, then ours.
        fields = (
            "id", "userId", "projectId", "filename", "mimeType", "size", "width", "height", "generationParams",
            "provider", "model", "cost", "s3Key", "s3Bucket", "cdnUrl", "thumbnailUrl", "tags", "collectionId",
            "version", "parentAssetId", "createdAt", "expiresAt",
            "kind", "sha256", "thumbhash", "dominantColor", "altText", "jobId", "metadata",
            "quality", "rating",
        )  # fmt: skip
        read_only_fields = fields

    def get_tags(self, asset: MediaAsset) -> list[str]:
        return sorted(row.tag for row in asset.tag_rows.all())

    @extend_schema_field(QualitySerializer(allow_null=True))
    def get_quality(self, asset: MediaAsset) -> dict[str, Any] | None:
        if asset.quality_score is None:
            return None
        parts = dict(asset.quality)
        hook = parts.pop("hook", None)
        return {"score": float(asset.quality_score), "parts": parts, **({"hook": hook} if hook else {})}

    @extend_schema_field(RatingFiguresSerializer)
    def get_rating(self, asset: MediaAsset) -> dict[str, Any]:
        return shown(RatingFiguresSerializer, rating_of(asset))


class AssetPageSerializer(serializers.Serializer[dict[str, object]]):
    """A page of assets, newest first; `page`, `limit` and `total` only where pages are numbered."""

    items = AssetMetadataSerializer(many=True)
    nextCursor = serializers.CharField(allow_null=True)
    hasMore = serializers.BooleanField()
    page = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)


class AssetListQuerySerializer(StrictSerializer):
    """What the list may be asked for."""

    projectId = serializers.UUIDField(required=False, help_text="Only assets of this project.")
    page = serializers.CharField(required=False, help_text="A page number from 1, instead of a cursor.")
    limit = serializers.CharField(required=False, help_text="Assets a page, 20 by default, at most 100.")
    cursor = serializers.CharField(required=False, help_text="nextCursor of the page before.")
