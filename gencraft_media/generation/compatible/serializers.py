"""The body of POST /v1/images/generations: every field OpenAI documents (2026-11), and no other."""

import re
from typing import Any

from rest_framework import serializers

from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.generation.serializers import GenerationParameters

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
QUALITIES = ("low", "standard", "medium", "high", "hd", "xhigh", "max")


class ImageRequestSerializer(StrictSerializer):
    """Null is the same as not there, as at OpenAI."""

    prompt = serializers.CharField(max_length=32_000)
    model = serializers.CharField(max_length=150, required=False, allow_null=True)
    n = serializers.IntegerField(min_value=1, max_value=10, required=False, allow_null=True)
    size = serializers.CharField(max_length=20, required=False, allow_null=True)
    quality = serializers.ChoiceField(["auto", *QUALITIES], required=False, allow_null=True)
    background = serializers.ChoiceField(["auto", "opaque", "transparent"], required=False, allow_null=True)
    output_format = serializers.ChoiceField(["png", "jpeg", "webp", "gif", "svg"], required=False, allow_null=True)
    output_compression = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    moderation = serializers.ChoiceField(["auto", "low"], required=False, allow_null=True)
    response_format = serializers.ChoiceField(["url", "b64_json"], required=False, allow_null=True)
    stream = serializers.BooleanField(required=False, allow_null=True)
    partial_images = serializers.IntegerField(min_value=0, max_value=3, required=False, allow_null=True)
    style = serializers.ChoiceField(["vivid", "natural"], required=False, allow_null=True)  # type: ignore[assignment]
    complexity = serializers.ChoiceField(["low", "medium", "high"], required=False, allow_null=True)
    frame_count = serializers.IntegerField(min_value=2, max_value=16, required=False, allow_null=True)
    frame_duration_ms = serializers.IntegerField(min_value=0, max_value=655_350, required=False, allow_null=True)
    svg = serializers.DictField(required=False, allow_null=True)
    user = serializers.CharField(max_length=255, required=False, allow_null=True, allow_blank=True)
    safety_identifier = serializers.CharField(max_length=255, required=False, allow_null=True, allow_blank=True)

    def validate_size(self, value: str | None) -> dict[str, int] | None:
        """Width and height in the bounds of the native API; None lets the model choose."""
        if value is None or value == "auto":
            return None
        match = _SIZE.fullmatch(value)
        if match is None:
            raise serializers.ValidationError("Write 'auto', or width and height like '1024x1024'.", code="size")
        sides = {"width": int(match[1]), "height": int(match[2])}
        checked = GenerationParameters(data=sides)
        if not checked.is_valid():
            raise serializers.ValidationError([str(text) for texts in checked.errors.values() for text in texts][:1])
        return sides

    @classmethod
    def given(cls, document: Any) -> dict[str, Any]:
        """The fields that say something. Raises `InvalidRequest` naming every wrong one."""
        return {name: value for name, value in cls.read(document).items() if value is not None}
