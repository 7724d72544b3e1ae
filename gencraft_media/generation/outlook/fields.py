"""The fields of a job that say how long it still takes."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from gencraft_media.common.serializers import shown
from gencraft_media.generation.models import GenerationJob
from gencraft_media.generation.outlook.outlook import outlook_of


@extend_schema_serializer(component_name="JobQueue")
class QueueSerializer(serializers.Serializer[Any]):
    """Where a job stands in line."""

    position = serializers.IntegerField(
        min_value=1, help_text="The place of its next request among those that wait for the same provider account."
    )
    ahead = serializers.IntegerField(min_value=0, help_text="Outputs that are begun before its last request is sent.")


@extend_schema_serializer(component_name="JobEta")
class EtaSerializer(serializers.Serializer[Any]):
    """When a job will have ended, in seconds from now."""

    seconds = serializers.FloatField(min_value=0, help_text="The median: half of such jobs take longer.")
    low = serializers.FloatField(min_value=0, help_text="Hardly any ends sooner.")
    high = serializers.FloatField(min_value=0, help_text="Hardly any takes longer.")
    at = serializers.DateTimeField(help_text="Now and the median.")


@extend_schema_field(QueueSerializer(allow_null=True, help_text="Null once all its requests were sent."))
class QueueField(serializers.Field[GenerationJob, Any, Any, Any]):
    """Of a job; null once all its requests were sent."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, job: GenerationJob) -> dict[str, Any] | None:
        wait = outlook_of(job).wait
        return None if wait is None else shown(QueueSerializer, wait)


@extend_schema_field(EtaSerializer(allow_null=True, help_text="Null once it has ended."))
class EtaField(serializers.Field[GenerationJob, Any, Any, Any]):
    """Of a job; null once it has ended."""

    def __init__(self) -> None:
        super().__init__(source="*", read_only=True)

    def to_representation(self, job: GenerationJob) -> dict[str, Any] | None:
        eta = outlook_of(job).eta
        if eta is None:
            return None
        rounded = {name: round(value, 1) for name, value in asdict(eta).items()}
        return shown(EtaSerializer, {**rounded, "at": datetime.now(UTC) + timedelta(seconds=eta.seconds)})
