"""What the three paths of the WebUI are sent: JSON, with pictures as base64."""

from collections.abc import Mapping
from typing import Any

from providers.base64_pictures import encoded_picture
from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.self_hosted import with_trigger_words
from providers.types import GenerationRequest, InputRole

# Comes with both programs.
USUAL_UPSCALER = "R-ESRGAN 4x+"
# Of the mask's part: begin with what is there, not with one colour.
_FILL_WITH_ORIGINAL = 1
# Client option -> the server's field; what the operator wired holds where the client says nothing.
_OPTIONS = {"steps": "steps", "cfgScale": "cfg_scale", "sampler": "sampler_name"}

Fields = dict[str, Any]


def path_and_body(request: GenerationRequest) -> tuple[str, Fields]:
    """Where a request goes below `/sdapi/v1`, and what it says. Raises `OptionUnsupported`."""
    match request.operation:
        case Operation.TEXT_TO_IMAGE:
            return "txt2img", _drawn(request)
        case Operation.IMAGE_TO_IMAGE | Operation.VARIATION | Operation.INPAINT:
            return "img2img", {**_drawn(request), **_pictures(request)}
        case Operation.UPSCALE:
            return "extra-single-image", _enlarged(request)
    raise OptionUnsupported(f"This server has no {request.operation}.")


def _drawn(request: GenerationRequest) -> Fields:
    wiring = request.wiring
    fields: Fields = {
        "prompt": _prompt(request),
        "negative_prompt": ", ".join(part for part in (wiring.get("negative"), request.negative_prompt) if part),
        "batch_size": request.count,
        "n_iter": 1,
        "send_images": True,
        "save_images": False,
    }
    if request.width and request.height:
        fields |= {"width": request.width, "height": request.height}
    if request.seed is not None:
        fields["seed"] = request.seed
    wired = {ours: wiring[ours] for ours in _OPTIONS if wiring.get(ours)}
    chosen = {ours: request.options[ours] for ours in _OPTIONS if ours in request.options}
    fields |= {_OPTIONS[ours]: value for ours, value in {**wired, **chosen}.items()}
    return fields | _checkpoint(wiring)


def _prompt(request: GenerationRequest) -> str:
    """The words, and the LoRAs in the syntax that the program reads them from."""
    loras = [f"<lora:{one['name']}:{one.get('weight', 1)}>" for one in request.wiring.get("loras", [])]
    return " ".join(part for part in (with_trigger_words(request.prompt, request.wiring), *loras) if part)


def _checkpoint(wiring: Mapping[str, Any]) -> Fields:
    """The model, left in place: put back, the server would load gigabytes twice for each request."""
    if not wiring.get("checkpoint"):
        return {}
    override = {"sd_model_checkpoint": wiring["checkpoint"]}
    return {"override_settings": override, "override_settings_restore_afterwards": False}


def _pictures(request: GenerationRequest) -> Fields:
    fields: Fields = {
        "init_images": [encoded_picture(picture) for picture in request.of_role(InputRole.IMAGE)],
        "include_init_images": False,
    }
    if not fields["init_images"]:
        raise OptionUnsupported("This operation is sent a picture.")
    if request.strength is not None:
        fields["denoising_strength"] = request.strength
    for mask in request.of_role(InputRole.MASK):
        # White is painted anew; the whole picture is looked at, so that what is new fits in.
        fields |= {
            "mask": encoded_picture(mask),
            "inpainting_fill": _FILL_WITH_ORIGINAL,
            "inpainting_mask_invert": 0,
            "inpaint_full_res": False,
        }
    return fields


def _enlarged(request: GenerationRequest) -> Fields:
    pictures = request.of_role(InputRole.IMAGE)
    if len(pictures) != 1 or request.count != 1 or not request.factor:
        raise OptionUnsupported("One picture is enlarged at a time, by a factor.")
    return {
        "image": encoded_picture(pictures[0]),
        "resize_mode": 0,
        "upscaling_resize": request.factor,
        "upscaler_1": request.wiring.get("upscaler") or USUAL_UPSCALER,
    }
