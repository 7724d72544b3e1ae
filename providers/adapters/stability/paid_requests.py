"""The paid requests of Stability AI: a multipart form for v2beta's services, JSON for v1's engines."""

import math
from collections.abc import Mapping
from typing import Any

from providers.types import GenerationRequest, HttpRequest

# v2beta draws one of these shapes and takes no pixels; `core` draws about 1.5 MP, the others about 1 MP.
ASPECT_RATIOS = ("1:1", "16:9", "21:9", "3:2", "5:4", "4:5", "2:3", "9:16", "9:21")
# Our option -> the vendor's field; which model takes which is the catalogue's to say.
_SERVICE_OPTIONS = {"stylePreset": "style_preset", "cfgScale": "cfg_scale"}
_ENGINE_OPTIONS = {**_SERVICE_OPTIONS, "steps": "steps", "sampler": "sampler"}


def service_request(address: str, request: GenerationRequest, timeout_s: float, *, model: str) -> HttpRequest:
    """One picture by a v2beta service; `model` only for the service that has several."""
    form = {
        "prompt": request.prompt,
        "aspect_ratio": aspect_ratio(request.width or 1, request.height or 1),
        "output_format": "png",
        **({"negative_prompt": request.negative_prompt} if request.negative_prompt else {}),
        **({"model": model} if model else {}),
        **_chosen(request, _SERVICE_OPTIONS),
    }
    return HttpRequest(
        "POST",
        address,
        form={name: str(value) for name, value in form.items()},
        multipart=True,
        # Bytes instead of base64 in JSON: a quarter less to read and nothing to decode. Errors are JSON all the same.
        headers={"Accept": "image/*"},
        read_timeout_s=timeout_s,
    )


def engine_request(address: str, request: GenerationRequest, timeout_s: float) -> HttpRequest:
    """Up to ten pictures by a v1 engine."""
    prompts = [{"text": request.prompt, "weight": 1}]
    if request.negative_prompt:
        prompts.append({"text": request.negative_prompt, "weight": -1})
    document = {
        "text_prompts": prompts,
        "width": request.width or 1024,
        "height": request.height or 1024,
        "samples": request.count,
        **_chosen(request, _ENGINE_OPTIONS),
    }
    # More than one picture comes as JSON only.
    headers = {"Accept": "application/json"}
    return HttpRequest("POST", address, json=document, headers=headers, read_timeout_s=timeout_s)


def aspect_ratio(width: int, height: int) -> str:
    """The shape nearest to a size, as the vendor writes it."""
    return min(ASPECT_RATIOS, key=lambda ratio: abs(math.log(_shape_of(ratio) * height / width)))


def _shape_of(ratio: str) -> float:
    width, height = ratio.split(":")
    return int(width) / int(height)


def _chosen(request: GenerationRequest, names: Mapping[str, str]) -> dict[str, Any]:
    """The options and the seed that were asked for, under the vendor's names."""
    options = {vendors: request.options[ours] for ours, vendors in names.items() if ours in request.options}
    return options if request.seed is None else {**options, "seed": request.seed}
