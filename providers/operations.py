"""What media operations there are, and what a model's limits are for one of them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Operation(StrEnum):
    """What can be asked for, in the words of the API."""

    TEXT_TO_IMAGE = "text-to-image"
    IMAGE_TO_IMAGE = "image-to-image"
    VARIATION = "variation"
    INPAINT = "inpaint"
    OUTPAINT = "outpaint"
    UPSCALE = "upscale"
    REMOVE_BACKGROUND = "remove-background"


def limits_for(limits: Mapping[str, Any], operation: str) -> dict[str, Any]:
    """A model's limits, and over them what it says of this operation alone (`providers.catalogue` has the shape)."""
    own: Mapping[str, Any] = limits.get("operations", {}).get(operation, {})
    return {**limits, **own}
