"""How a body names the pictures to work on, and what is to be done with them."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gencraft_media.common.serializers import StrictSerializer
from providers.edit_fitting import FACTORS

_LONGEST_ADDRESS = 2000
_LARGEST_MARGIN = 16_383
MOST_IMAGES = 16
_KINDS = ("assetId", "uploadId", "url")
REFERENCE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A picture: an asset or an upload of the project, or an https address. Exactly one of them.",
    "properties": {
        "assetId": {"type": "string", "format": "uuid"},
        "uploadId": {"type": "string", "format": "uuid"},
        "url": {"type": "string", "format": "uri", "maxLength": _LONGEST_ADDRESS},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


@extend_schema_field(REFERENCE_SCHEMA)
class PictureField(serializers.Field[dict[str, Any], Any, Any, Any]):
    """A picture by its name, or in a multipart body by its file. The value goes into an `InputReference`."""

    default_error_messages = {
        "shape": "Give exactly one of assetId, uploadId and url, or in a multipart body a file.",
        "uuid": "{name} is not a UUID.",
        "url": f"Give an address of at most {_LONGEST_ADDRESS} characters.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, UploadedFile):
            return {"file": data}
        if not isinstance(data, Mapping) or len(data) != 1 or next(iter(data)) not in _KINDS:
            self.fail("shape")
        name, value = next(iter(data.items()))
        if name == "url":
            if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ADDRESS:
                self.fail("url")
            return {"url": value}
        try:
            return {"asset_id" if name == "assetId" else "upload_id": uuid.UUID(value)}
        except (ValueError, TypeError, AttributeError):
            self.fail("uuid", name=name)

    def to_representation(self, value: Any) -> Any:
        return value


class EditParameters(StrictSerializer):
    """What is done with pictures; which of it an operation takes is its model's to say."""

    mask = PictureField(required=False)
    maskMode = serializers.ChoiceField(["auto", "transparent", "white"], source="mask_mode", required=False)
    styleReference = PictureField(source="style_reference", required=False)
    strength = serializers.FloatField(min_value=0, max_value=1, required=False)
    left = serializers.IntegerField(min_value=0, max_value=_LARGEST_MARGIN, required=False)
    right = serializers.IntegerField(min_value=0, max_value=_LARGEST_MARGIN, required=False)
    up = serializers.IntegerField(min_value=0, max_value=_LARGEST_MARGIN, required=False)
    down = serializers.IntegerField(min_value=0, max_value=_LARGEST_MARGIN, required=False)
    factor = serializers.ChoiceField(FACTORS, required=False)
    search = serializers.CharField(max_length=10_000, required=False)


class InputParameters(EditParameters):
    """The pictures themselves as well: one, or several of which the first is the one that is changed."""

    image = PictureField(required=False)
    images = serializers.ListField(child=PictureField(), min_length=1, max_length=MOST_IMAGES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "image" in attrs and "images" in attrs:
            raise serializers.ValidationError({"images": "Give image or images, not both."}, code="ambiguous")
        return attrs


def reference_in_text(text: str) -> Any:
    """A reference as a part of a multipart body writes it: JSON. Anything else is left for `PictureField` to refuse."""
    try:
        return json.loads(text)
    except ValueError:
        return text
