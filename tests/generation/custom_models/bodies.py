"""Bodies of the route for custom models, as operators write them: one for each kind of server."""

from typing import Any

from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from tests.providers.custom_rows import TEXT_WORKFLOW

ROUTE = "/api/media/admin/models"
KEY = "canary-of-the-gpu-box"

BODIES: dict[str, dict[str, Any]] = {
    OPENAI_COMPATIBLE: {
        "provider": "local-ai",
        "kind": OPENAI_COMPATIBLE,
        "baseUrl": "https://models.example.com/v1",
        "apiKey": KEY,
        "name": "house-flux",
        "operations": ["text-to-image", "image-to-image"],
        "limits": {"sizes": ["1024x1024", "832x1216"]},
        "wiring": {"model": "flux.1-dev", "fields": {"seed": "seed"}, "extra": {"quality": "high"}},
        "prices": [{"amount": "0.004"}, {"operation": "image-to-image", "amount": "0.006"}],
    },
    AUTOMATIC1111: {
        "provider": "gpu-box",
        "providerLabel": "The box under the desk",
        "kind": AUTOMATIC1111,
        "baseUrl": "https://gpu.example.com",
        "concurrentRequests": 2,
        "requestsPerMinute": 30,
        "spendPerDay": "20.00",
        "name": "house-style",
        "label": "House style",
        "limits": {"defaultSize": "512x512", "maximumSide": 1024, "outputsPerCall": 2},
        "wiring": {
            "checkpoint": "house.safetensors",
            "loras": [{"name": "house-lora", "weight": 0.8}],
            "triggerWords": ["hsstyle"],
        },
        "qualityPrior": 0.7,
        "typicalSeconds": 9,
        "prices": [{"amount": "0"}],
    },
    COMFYUI: {
        "provider": "comfy",
        "kind": COMFYUI,
        "baseUrl": "https://comfy.example.com",
        "name": "house-graph",
        "wiring": {"workflow": TEXT_WORKFLOW},
        "prices": [{"amount": "0.01", "unit": "megapixel"}],
    },
}


def body(kind: str, /, **changes: Any) -> dict[str, Any]:
    """The body of a kind with some fields changed; None leaves a field out."""
    return {name: value for name, value in {**BODIES[kind], **changes}.items() if value is not None}
