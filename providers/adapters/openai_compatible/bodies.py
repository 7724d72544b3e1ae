"""The paid requests to servers with OpenAI's image interface: what all of them know, and what the operator names."""

from typing import Any

from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.self_hosted import with_trigger_words
from providers.types import GenerationRequest, HttpRequest, InputMedia, InputRole

EDITS = (Operation.IMAGE_TO_IMAGE, Operation.INPAINT, Operation.VARIATION)
# What of a request a server may have a field for, under a name of its own; without one it is not sent.
NAMED_FIELDS = ("seed", "negativePrompt", "steps", "cfgScale", "strength")


def body_of(request: GenerationRequest, url: str, *, read_timeout_s: float) -> HttpRequest:
    """The request to a server at `url`. Raises `OptionUnsupported` for what the interface has no address for."""
    fields = _fields(request)
    if request.operation == Operation.TEXT_TO_IMAGE:
        return HttpRequest("POST", f"{url}/images/generations", json=fields, read_timeout_s=read_timeout_s)
    if request.operation not in EDITS:
        raise OptionUnsupported(f"Servers with OpenAI's image interface have no {request.operation}.")
    return HttpRequest(
        "POST",
        f"{url}/images/edits",
        form={name: _written(value) for name, value in fields.items()},
        files=_files(request),
        multipart=True,
        read_timeout_s=read_timeout_s,
    )


def _fields(request: GenerationRequest) -> dict[str, Any]:
    wiring = request.wiring
    fields: dict[str, Any] = {
        **wiring.get("extra", {}),
        "model": wiring.get("model") or request.model,
        "prompt": with_trigger_words(request.prompt, wiring),
        "n": request.count,
        # Said each time: what servers answer with otherwise differs between them.
        "response_format": "b64_json",
    }
    if request.width and request.height:
        fields["size"] = f"{request.width}x{request.height}"
    told = {
        "seed": request.seed,
        "negativePrompt": request.negative_prompt or None,
        "strength": request.strength,
        **{name: request.options.get(name) for name in ("steps", "cfgScale")},
    }
    names = wiring.get("fields", {})
    return fields | {names[ours]: value for ours, value in told.items() if value is not None and ours in names}


def _files(request: GenerationRequest) -> list[tuple[str, InputMedia]]:
    images = (*request.of_role(InputRole.IMAGE), *request.of_role(InputRole.STYLE))
    if not images:
        raise OptionUnsupported("An edit is sent at least one picture.")
    # One picture alone goes under the name that every server knows.
    name = "image" if len(images) == 1 else "image[]"
    mask_name = request.wiring.get("fields", {}).get("mask", "mask")
    return [(name, image) for image in images] + [(mask_name, mask) for mask in request.of_role(InputRole.MASK)]


def _written(value: Any) -> str:
    """A field as forms have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
