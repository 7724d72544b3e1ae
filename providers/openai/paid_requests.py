"""The paid requests of OpenAI's Images API: JSON for a picture from text, a form with files for an edit."""

from typing import Any

from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.types import GenerationRequest, HttpRequest, InputMedia, InputRole

EDITS = (Operation.IMAGE_TO_IMAGE, Operation.INPAINT, Operation.VARIATION)
# Of one request, with the style reference (OpenAPI document of 2026-08-21).
MOST_IMAGES = 16
_MOST_PARTIAL_IMAGES = 3

# /images/variations serves only dall-e-2, which is gone: today's models are told what is wanted.
_VARIATION = "Make a variation of this picture: the same subject and style, with another composition and other details."
_STYLE = "Take the style from the last of the pictures, and nothing else of it."


def drawing(request: GenerationRequest, model: str, url: str, *, read_timeout_s: float) -> HttpRequest:
    """Pictures from text."""
    document = _common_fields(request, model, request.prompt)
    document["moderation"] = request.options.get("moderation", "auto")
    return HttpRequest(
        "POST",
        f"{url}/images/generations",
        json=document,
        read_timeout_s=read_timeout_s,
        streamed="stream" in document,
    )


def edit(request: GenerationRequest, model: str, url: str, *, read_timeout_s: float) -> HttpRequest:
    """A new picture out of those that are sent; with a mask the first one changes only where that is transparent.

    Raises `OptionUnsupported` for more pictures than the vendor takes, or none.
    """
    images = (*request.of_role(InputRole.IMAGE), *request.of_role(InputRole.STYLE))
    if not 1 <= len(images) <= MOST_IMAGES:
        raise OptionUnsupported(f"This model is sent 1 to {MOST_IMAGES} pictures, the style reference among them.")
    files: list[tuple[str, InputMedia]] = [("image[]", image) for image in images]
    files += [("mask", mask) for mask in request.of_role(InputRole.MASK)]
    fields = _common_fields(request, model, _prompt_of(request))
    return HttpRequest(
        "POST",
        f"{url}/images/edits",
        form={name: _written(value) for name, value in fields.items()},
        files=files,
        multipart=True,
        read_timeout_s=read_timeout_s,
        streamed="stream" in fields,
    )


def _common_fields(request: GenerationRequest, model: str, prompt: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "model": model,
        "prompt": prompt,
        "n": request.count,
        "quality": request.quality,
        "background": request.options.get("background", "auto"),
        # Without loss: the engine itself makes the formats that are delivered.
        "output_format": "png",
    }
    if request.width and request.height:
        fields["size"] = f"{request.width}x{request.height}"
    # The events of several pictures do not say whose they are.
    if request.options.get("partialImages") and request.count == 1:
        fields |= {"stream": True, "partial_images": min(int(request.options["partialImages"]), _MOST_PARTIAL_IMAGES)}
    return fields


def _prompt_of(request: GenerationRequest) -> str:
    """The client's words, and what the vendor has no fields for."""
    variation = _VARIATION if request.operation == Operation.VARIATION else ""
    style = _STYLE if request.of_role(InputRole.STYLE) else ""
    return "\n".join(part for part in (variation, request.prompt, style) if part)


def _written(value: Any) -> str:
    """A field as forms have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
