"""Bodies of the requests that make a new asset from one: the asset is in the address, so they name no image."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from gencraft_media.generation.input_fields import EditParameters
from gencraft_media.generation.serializers import OrderParameters
from providers.edit_fitting import FACTORS
from providers.operations import Operation

_PROMPT_LENGTH = 32_000
_SIDES = ("left", "right", "up", "down")
_EDITS = (Operation.IMAGE_TO_IMAGE, Operation.INPAINT, Operation.OUTPAINT, Operation.REMOVE_BACKGROUND)


@extend_schema_serializer(component_name="Variation")
class VariationSerializer(OrderParameters):
    """The body of POST /api/media/assets/{id}/variations."""

    prompt = serializers.CharField(max_length=_PROMPT_LENGTH, required=False, allow_blank=True)
    strength = serializers.FloatField(min_value=0, max_value=1, required=False)

    @staticmethod
    def operation_of(values: dict[str, Any]) -> str:
        """Always the same."""
        return Operation.VARIATION


@extend_schema_serializer(component_name="Upscale")
class UpscaleSerializer(OrderParameters):
    """The body of POST /api/media/assets/{id}/upscale."""

    factor = serializers.ChoiceField(FACTORS)
    prompt = serializers.CharField(max_length=_PROMPT_LENGTH, required=False, allow_blank=True)

    @staticmethod
    def operation_of(values: dict[str, Any]) -> str:
        """Always the same."""
        return Operation.UPSCALE


@extend_schema_serializer(component_name="Edit")
class EditSerializer(OrderParameters, EditParameters):
    """The body of POST /api/media/assets/{id}/edits."""

    operation = serializers.ChoiceField([operation.value for operation in _EDITS], required=False)
    prompt = serializers.CharField(max_length=_PROMPT_LENGTH, required=False, allow_blank=True)

    @staticmethod
    def operation_of(values: dict[str, Any]) -> str:
        """What was asked for, or what the fields that are there are for."""
        if "operation" in values:
            return str(values["operation"])
        if "mask" in values or "search" in values:
            return Operation.INPAINT
        return Operation.OUTPAINT if any(side in values for side in _SIDES) else Operation.IMAGE_TO_IMAGE
