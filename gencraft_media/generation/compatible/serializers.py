"""The bodies of POST /v1/images/…: every field OpenAI documents (2026-11), and no other."""

import re
from typing import Any

from rest_framework import serializers

from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.serializers import StrictSerializer
from gencraft_media.generation.compatible.pictures import ImageReferenceField
from gencraft_media.generation.input_fields import MOST_IMAGES
from gencraft_media.generation.serializers import GenerationParameters

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
QUALITIES = ("low", "standard", "medium", "high", "hd", "xhigh", "max")


class AnyImageSerializer(StrictSerializer):
    """What every call may say. Null is the same as not there, as at OpenAI."""

    model = serializers.CharField(max_length=150, required=False, allow_null=True)
    n = serializers.IntegerField(min_value=1, max_value=10, required=False, allow_null=True)
    size = serializers.CharField(max_length=20, required=False, allow_null=True)
    response_format = serializers.ChoiceField(["url", "b64_json"], required=False, allow_null=True)
    user = serializers.CharField(max_length=255, required=False, allow_null=True, allow_blank=True)

    def validate_size(self, value: str | None) -> dict[str, int] | None:
        """Width and height in the bounds of the native API; None lets the model choose."""
        if value is None or value == "auto":
            return None
        match = _SIZE.fullmatch(value)
        if match is None:
            raise serializers.ValidationError("Write 'auto', or width and height like '1024x1024'.", code="size")
        sides = {"width": int(match[1]), "height": int(match[2])}
        try:
            GenerationParameters.read(sides)
        except InvalidRequest as refusal:
            raise serializers.ValidationError(refusal.errors[0].message) from refusal
        return sides

    @classmethod
    def given(cls, document: Any) -> dict[str, Any]:
        """The fields that say something. Raises `InvalidRequest` naming every wrong one."""
        return {name: value for name, value in cls.read(document).items() if value is not None}


class PromptedSerializer(AnyImageSerializer):
    """What a call with a prompt may say as well."""

    prompt = serializers.CharField(max_length=32_000)
    quality = serializers.ChoiceField(["auto", *QUALITIES], required=False, allow_null=True)
    background = serializers.ChoiceField(["auto", "opaque", "transparent"], required=False, allow_null=True)
    output_format = serializers.ChoiceField(["png", "jpeg", "webp", "gif", "svg"], required=False, allow_null=True)
    output_compression = serializers.IntegerField(min_value=0, max_value=100, required=False, allow_null=True)
    moderation = serializers.ChoiceField(["auto", "low"], required=False, allow_null=True)
    stream = serializers.BooleanField(required=False, allow_null=True)
    partial_images = serializers.IntegerField(min_value=0, max_value=3, required=False, allow_null=True)
    complexity = serializers.ChoiceField(["low", "medium", "high"], required=False, allow_null=True)
    frame_count = serializers.IntegerField(min_value=2, max_value=16, required=False, allow_null=True)
    frame_duration_ms = serializers.IntegerField(min_value=0, max_value=655_350, required=False, allow_null=True)
    svg = serializers.DictField(required=False, allow_null=True)
    safety_identifier = serializers.CharField(max_length=255, required=False, allow_null=True, allow_blank=True)


class ImageRequestSerializer(PromptedSerializer):
    """The body of POST /v1/images/generations."""

    style = serializers.ChoiceField(["vivid", "natural"], required=False, allow_null=True)  # type: ignore[assignment]


class EditSerializer(PromptedSerializer):
    """What every edit may say."""

    mask = ImageReferenceField(required=False, allow_null=True)
    markup = ImageReferenceField(required=False, allow_null=True)
    input_fidelity = serializers.ChoiceField(["high", "low"], required=False, allow_null=True)


class EditFormSerializer(EditSerializer):
    """The body of POST /v1/images/edits as a form, whose pictures are files."""

    image = serializers.ListField(child=ImageReferenceField(), min_length=1, max_length=MOST_IMAGES)


class EditDocumentSerializer(EditSerializer):
    """The same as JSON, which names its pictures."""

    images = serializers.ListField(child=ImageReferenceField(), min_length=1, max_length=MOST_IMAGES)


class VariationFormSerializer(AnyImageSerializer):
    """The body of POST /v1/images/variations as a form."""

    image = serializers.ListField(child=ImageReferenceField(), min_length=1, max_length=1)


class VariationDocumentSerializer(AnyImageSerializer):
    """The same as JSON, which is ours: it names the picture as that of an edit does."""

    images = serializers.ListField(child=ImageReferenceField(), min_length=1, max_length=1)
