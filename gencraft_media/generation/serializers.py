"""The shapes of the job API, in the specification's words."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from assets.serializers import AssetMetadataSerializer
from gencraft_media.common.clock import database_now
from gencraft_media.common.serializers import StrictSerializer, shown
from gencraft_media.generation.input_fields import InputParameters
from gencraft_media.generation.models import GenerationItem, GenerationJob, PictureFormat
from gencraft_media.generation.outlook.fields import EtaField, QueueField
from gencraft_media.generation.results import full_result
from gencraft_media.generation.routing_fields import ChoiceParameters, RoutingParameters
from gencraft_media.generation.states import ItemStatus, JobStatus
from providers.operations import Operation

# Kept with every output of the job and given with each.
METADATA_BYTES = 16_384
OPERATIONS = [operation.value for operation in Operation]


class GenerationParameters(StrictSerializer):
    """What the picture should be; shared by generating and estimating."""

    negativePrompt = serializers.CharField(
        source="negative_prompt", max_length=10_000, required=False, allow_blank=True
    )
    width = serializers.IntegerField(min_value=64, max_value=4096, required=False)
    height = serializers.IntegerField(min_value=64, max_value=4096, required=False)
    quality = serializers.ChoiceField(["standard", "hd"], required=False)
    steps = serializers.IntegerField(min_value=1, max_value=150, required=False)
    cfgScale = serializers.FloatField(source="cfg_scale", min_value=0, max_value=35, required=False)
    sampler = serializers.ChoiceField(["euler", "ddpm", "ddim", "lms"], required=False)
    seed = serializers.IntegerField(min_value=0, max_value=2**32 - 1, required=False)
    stylePreset = serializers.CharField(source="style_preset", max_length=50, required=False)
    background = serializers.ChoiceField(["auto", "opaque", "transparent"], required=False)
    style = serializers.ChoiceField(["vivid", "natural"], required=False)  # type: ignore[assignment]
    batchSize = serializers.IntegerField(source="count", min_value=1, required=False)

    def validate_batchSize(self, value: int) -> int:
        limit = settings.BATCH_SIZE_LIMIT
        if value > limit:
            raise serializers.ValidationError(f"A job makes at most {limit} outputs.", code="max_value")
        return value


class FormParameters(StrictSerializer):
    """The file of the picture."""

    format = serializers.ChoiceField(
        PictureFormat.values, required=False, help_text="What the picture at cdnUrl is; where not said, as set here."
    )
    compression = serializers.IntegerField(
        min_value=0,
        max_value=100,
        required=False,
        help_text="The quality of the encoder: less is smaller and worse. PNG loses nothing and disregards it.",
    )


class OrderParameters(RoutingParameters, GenerationParameters, FormParameters):
    """Who is asked, and what is kept with the result; shared by every body that starts a job."""

    externalUserId = serializers.CharField(source="external_user_id", max_length=255, required=False)
    fit = serializers.ChoiceField(["adapt", "strict"], default="adapt")
    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=50, required=False)
    altText = serializers.CharField(source="alt_text", max_length=1000, required=False, allow_blank=True)
    expiresAt = serializers.DateTimeField(source="expires_at", required=False)
    metadata = serializers.DictField(required=False)
    webhookUrl = serializers.CharField(
        source="webhook_url", max_length=2000, required=False, help_text="An https address that is told of the job."
    )

    def validate_expiresAt(self, value: datetime) -> datetime:
        if value <= database_now():
            raise serializers.ValidationError("This time has passed.", code="past")
        return value

    def validate_metadata(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > METADATA_BYTES:
            raise serializers.ValidationError(f"At most {METADATA_BYTES} bytes of JSON.", code="max_length")
        return value


# The document adds "Request" to the names of bodies: this is the specification's GenerationRequest.
@extend_schema_serializer(component_name="Generation")
class GenerateSerializer(OrderParameters, InputParameters):
    """The body of POST /api/media/generate."""

    operation = serializers.ChoiceField(OPERATIONS)
    prompt = serializers.CharField(
        max_length=32_000, required=False, help_text="Models that work on a picture may do without."
    )
    projectId = serializers.UUIDField(source="project_id", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["operation"] == Operation.TEXT_TO_IMAGE and "prompt" not in attrs:
            raise serializers.ValidationError({"prompt": "This field is required."}, code="required")
        return super().validate(attrs)


class EstimateParameters(GenerationParameters, InputParameters, FormParameters):
    """`params` of an estimate: a model by name and what would be asked of it, of pictures that are there already."""

    model = serializers.CharField(max_length=100, required=False)
    prompt = serializers.CharField(max_length=32_000, required=False, allow_blank=True)
    duration = serializers.DecimalField(max_digits=8, decimal_places=2, min_value=0, required=False)
    fps = serializers.IntegerField(min_value=1, max_value=240, required=False)


@extend_schema_serializer(component_name="CostEstimate")
class EstimateSerializer(ChoiceParameters):
    """The body of POST /api/media/estimate."""

    operation = serializers.CharField(max_length=50)
    params = EstimateParameters(default=dict)


class NothingSerializer(StrictSerializer):
    """A body without fields."""


class ErrorSerializer(serializers.Serializer[Any]):
    """Why a job or an item failed."""

    code = serializers.CharField()
    message = serializers.CharField()
    retryable = serializers.BooleanField()

    class Meta:
        ref_name = "JobError"


class ResultSerializer(serializers.Serializer[Any]):
    """Where a delivered output is."""

    assetId = serializers.UUIDField()
    cdnUrl = serializers.URLField()
    thumbnailUrl = serializers.URLField(allow_null=True)
    metadata = AssetMetadataSerializer(allow_null=True)

    class Meta:
        ref_name = "JobResult"


class ItemSerializer(serializers.Serializer[Any]):
    """One wanted output with its result or its error."""

    id = serializers.UUIDField()
    index = serializers.IntegerField()
    status = serializers.ChoiceField(ItemStatus.choices)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    seed = serializers.IntegerField(allow_null=True)
    qualityRetries = serializers.IntegerField(
        source="quality_retries", help_text="How often it was made once more because what came was not good enough."
    )
    result = serializers.SerializerMethodField()
    error = ErrorSerializer(allow_null=True)
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, item: GenerationItem) -> dict[str, Any] | None:
        return full_result(item.asset) if item.asset else None


@extend_schema_serializer(component_name="MediaGenerationJob")
class JobSerializer(serializers.Serializer[Any]):
    """A job: the specification's fields first, ours after."""

    id = serializers.UUIDField()
    userId = serializers.UUIDField(source="user_id", allow_null=True)
    projectId = serializers.UUIDField(source="project_id", allow_null=True)
    provider = serializers.CharField()
    operation = serializers.CharField()
    params = serializers.DictField()
    status = serializers.ChoiceField(JobStatus.choices)
    progress = serializers.IntegerField(min_value=0, max_value=100)
    result = serializers.SerializerMethodField()
    error = ErrorSerializer(allow_null=True)
    createdAt = serializers.DateTimeField(source="created_at")
    completedAt = serializers.DateTimeField(source="completed_at", allow_null=True)
    model = serializers.CharField()
    batchSize = serializers.IntegerField(source="batch_size")
    items = serializers.SerializerMethodField()
    cost = serializers.SerializerMethodField()
    receipt = serializers.DictField()
    adaptations = serializers.ListField(child=serializers.DictField())
    format = serializers.ChoiceField(PictureFormat.choices, source="picture_format")
    compression = serializers.IntegerField(min_value=0, max_value=100)
    tags = serializers.ListField(child=serializers.CharField())
    metadata = serializers.DictField()
    externalUserId = serializers.CharField(source="external_user.external_id", default=None, allow_null=True)
    deadlineAt = serializers.DateTimeField(source="deadline_at")
    cancelRequestedAt = serializers.DateTimeField(source="cancel_requested_at", allow_null=True)
    queue = QueueField()
    eta = EtaField()

    @extend_schema_field(ItemSerializer(many=True))
    def get_items(self, job: GenerationJob) -> list[Any]:
        """In order."""
        return [shown(ItemSerializer, item) for item in self._items(job)]

    def _items(self, job: GenerationJob) -> list[GenerationItem]:
        items = list(job.items.all() if job.known_items is None else job.known_items)
        if job.batch_size == 1:
            # Steps of a job with one item write the job's progress only.
            items[0].progress = max(items[0].progress, job.progress or 0)
        return items

    @extend_schema_field(ResultSerializer(allow_null=True))
    def get_result(self, job: GenerationJob) -> dict[str, Any] | None:
        """The first delivered item's; addresses stay when the asset itself is gone."""
        delivered = next((item.asset for item in self._items(job) if item.asset), None)
        if job.result is None or delivered is None:
            return job.result and {**job.result, "metadata": None}
        return full_result(delivered)

    @extend_schema_field(
        {
            "type": "object",
            "properties": {
                "quoted": {"type": "number"},
                "creditsQuoted": {"type": "integer"},
                "creditsCharged": {"type": "integer"},
                "priceVersion": {"type": "string"},
            },
        }
    )
    def get_cost(self, job: GenerationJob) -> dict[str, Any]:
        return {
            "quoted": job.quoted_total,
            "creditsQuoted": job.quote.get("creditsRequired", 0),
            "creditsCharged": job.credits_charged,
            "priceVersion": job.price_version,
        }


@extend_schema_serializer(component_name="MediaGenerationJobPage")
class JobPageSerializer(serializers.Serializer[Any]):
    """A page of jobs, newest first; `page`, `limit` and `total` only where pages are numbered."""

    items = JobSerializer(many=True)
    nextCursor = serializers.CharField(allow_null=True)
    hasMore = serializers.BooleanField()
    page = serializers.IntegerField(required=False)
    limit = serializers.IntegerField(required=False)
    total = serializers.IntegerField(required=False)


@extend_schema_serializer(component_name="CostEstimate")
class CostEstimateSerializer(serializers.Serializer[Any]):
    """A price before the run: the specification's ten fields, then ours. Money in US dollars, time in seconds."""

    provider = serializers.CharField()
    model = serializers.CharField()
    operation = serializers.CharField()
    resolution = serializers.CharField()
    baseCost = serializers.DecimalField(source="base_cost", max_digits=16, decimal_places=10, coerce_to_string=False)
    qualityCost = serializers.DecimalField(
        source="quality_cost", max_digits=16, decimal_places=10, coerce_to_string=False
    )
    batchDiscount = serializers.DecimalField(
        source="batch_discount", max_digits=16, decimal_places=10, coerce_to_string=False
    )
    totalCost = serializers.DecimalField(source="total", max_digits=16, decimal_places=6, coerce_to_string=False)
    estimatedTime = serializers.FloatField(source="estimated_time")
    creditsRequired = serializers.IntegerField(source="credits")
    priceVersion = serializers.CharField(source="price_version")
    adaptations = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What would keep the request from being taken at present."
    )
