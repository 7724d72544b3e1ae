"""The paid requests of v1's engines: JSON for pictures from text, a form for those from pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

from providers.adapters.stability.forms import kept, only_input, prompt_of
from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.types import GenerationRequest, HttpRequest, InputMedia, InputRole

# Catalogue name -> the engine.
ENGINES = {"sd-xl-1.0": "stable-diffusion-xl-1024-v1-0"}
# Operation -> the last part of the address.
_PATHS: Mapping[str, str] = {
    Operation.TEXT_TO_IMAGE: "text-to-image",
    Operation.IMAGE_TO_IMAGE: "image-to-image",
    Operation.VARIATION: "image-to-image",
    Operation.INPAINT: "image-to-image/masking",
}
# Our option -> the vendor's field; which model takes which is the catalogue's to say.
_OPTIONS = {"stylePreset": "style_preset", "cfgScale": "cfg_scale", "steps": "steps", "sampler": "sampler"}


def engine_request(url: str, engine: str, request: GenerationRequest, timeout_s: float) -> HttpRequest:
    """Up to ten pictures by an engine. Raises `OptionUnsupported` for an operation or inputs that it does not take."""
    path = _PATHS.get(request.operation)
    if path is None:
        raise OptionUnsupported(f"This model does not do {request.operation}.")
    address = f"{url}/v1/generation/{engine}/{path}"
    # More than one picture comes as JSON only.
    headers = {"Accept": "application/json"}
    if request.operation == Operation.TEXT_TO_IMAGE:
        size = {"width": request.width or 1024, "height": request.height or 1024}
        document = {"text_prompts": _prompts(request), **size, **_settings(request)}
        return HttpRequest("POST", address, json=document, headers=headers, read_timeout_s=timeout_s)
    files, fields = _mask(request) if request.operation == Operation.INPAINT else _image(request)
    form = {**_prompts_in_form(request), **fields, **_settings(request)}
    return HttpRequest(
        "POST",
        address,
        form={name: str(value) for name, value in form.items()},
        files=files,
        multipart=True,
        headers=headers,
        read_timeout_s=timeout_s,
    )


def _image(request: GenerationRequest) -> tuple[Sequence[tuple[str, InputMedia]], dict[str, Any]]:
    fields: dict[str, Any] = {"init_image_mode": "IMAGE_STRENGTH"}
    if request.strength is not None:
        # The other way round than v2beta's `strength`: 1 keeps the picture.
        fields["image_strength"] = kept(request.strength)
    return [("init_image", only_input(request, InputRole.IMAGE))], fields


def _mask(request: GenerationRequest) -> tuple[Sequence[tuple[str, InputMedia]], dict[str, Any]]:
    files = [("init_image", only_input(request, InputRole.IMAGE)), ("mask_image", only_input(request, InputRole.MASK))]
    return files, {"mask_source": "MASK_IMAGE_WHITE"}


def _prompts(request: GenerationRequest) -> list[dict[str, Any]]:
    unwanted = [{"text": request.negative_prompt, "weight": -1}] if request.negative_prompt else []
    return [{"text": prompt_of(request), "weight": 1}, *unwanted]


def _prompts_in_form(request: GenerationRequest) -> dict[str, Any]:
    """A list as a form has it: `text_prompts[0][text]`."""
    return {
        f"text_prompts[{index}][{name}]": value
        for index, prompt in enumerate(_prompts(request))
        for name, value in prompt.items()
    }


def _settings(request: GenerationRequest) -> dict[str, Any]:
    """The number of pictures, the options and the seed that were asked for, under the vendor's names."""
    options = {vendors: request.options[ours] for ours, vendors in _OPTIONS.items() if ours in request.options}
    seed = {} if request.seed is None else {"seed": request.seed}
    return {"samples": request.count, **options, **seed}
