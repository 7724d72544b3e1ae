"""What a model is told, in its vendor's words; clients and jobs keep ours."""

from collections.abc import Mapping
from typing import Any

from providers.sizes import drawn_size


def in_vendors_words(limits: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `GenerationRequest` that say what is wanted, from fitted `params` and the model's limits."""
    width, height = drawn_size(params) or (None, None)
    quality = params.get("quality", "standard")
    rules = limits.get("options", {})
    return {
        "prompt": params["prompt"],
        "negative_prompt": params.get("negativePrompt", ""),
        "width": width,
        "height": height,
        "quality": limits.get("qualities", {}).get(quality, quality),
        "options": {
            name: rules.get(name, {}).get("words", {}).get(value, value)
            for name, value in params.get("options", {}).items()
        },
    }
