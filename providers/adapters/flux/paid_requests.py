"""The bodies of Black Forest Labs' paid requests: JSON, with pictures as base64."""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.types import GenerationRequest, InputMedia, InputRole, Margins

# The vendor's bound for one picture, before it is written as base64.
LARGEST_PICTURE_BYTES = 20_000_000
# Client option -> the vendor's field.
_OPTIONS = {"steps": "steps", "cfgScale": "guidance"}
# The list of flux-3-image; the older models take any shape between its ends.
_SHAPES = "21:9 2:1 16:9 3:2 7:5 4:3 5:4 1:1 4:5 3:4 5:7 2:3 9:16 1:2 9:21"
_RATIOS = {name: Fraction(name.replace(":", "/")) for name in _SHAPES.split()}
_RESOLUTIONS = {"768sq": 768, "1k": 1024, "1.5k": 1536, "2k": 2048, "4k": 4096}
# Closer than this two shapes are the same: a pixel column of a thousand is ten times less.
_SAME_SHAPE = 0.01
_LARGEST_TERM = 21

Fields = dict[str, Any]


def body_of(model: str, request: GenerationRequest) -> Fields:
    """What a model's endpoint is sent. Raises `OptionUnsupported` for what it has no field for."""
    endpoint = _ENDPOINTS.get(model, _USUAL)
    if request.operation not in endpoint.operations or request.count != 1 or request.negative_prompt:
        raise OptionUnsupported("This model of FLUX makes one picture a call, and nothing without its own fields.")
    document: Fields = {"prompt": request.prompt} if request.prompt else {}
    document["output_format"] = "png"
    document |= {theirs: request.options[ours] for ours, theirs in _OPTIONS.items() if ours in request.options}
    if request.seed is not None:
        document["seed"] = request.seed
    if request.callback_url:
        document |= {"webhook_url": request.callback_url, "webhook_secret": request.callback_secret}
    if request.operation == Operation.TEXT_TO_IMAGE:
        return document | _sized(endpoint.size, request)
    return document | endpoint.pictures(request) | _sized(endpoint.size_of_edit or endpoint.size, request)


# --- sizes ---------------------------------------------------------------------------------------


def _sized(fields: Callable[[int, int], Fields], request: GenerationRequest) -> Fields:
    return fields(request.width, request.height) if request.width and request.height else {}


def _by_sides(width: int, height: int) -> Fields:
    return {"width": width, "height": height}


def _by_ratio(width: int, height: int) -> Fields:
    return {"aspect_ratio": _nearest_shape(width, height)}


def _by_own_ratio(width: int, height: int) -> Fields:
    """The shape of the picture that is edited: cutting it to one of a few would lose its edges."""
    named = _nearest_shape(width, height)
    if abs(math.log(_RATIOS[named] * height / width)) <= _SAME_SHAPE:
        return {"aspect_ratio": named}
    shape = Fraction(width, height).limit_denominator(_LARGEST_TERM)
    return {"aspect_ratio": f"{shape.numerator}:{shape.denominator}"}


def _by_resolution(width: int, height: int) -> Fields:
    # 768sq is a square by name.
    offered = [name for name in _RESOLUTIONS if name != "768sq" or width == height]
    nearest = min(offered, key=lambda name: abs(math.log(_RESOLUTIONS[name] ** 2 / width / height)))
    return {**_by_ratio(width, height), "resolution": nearest}


def _by_picture(width: int, height: int) -> Fields:
    """Nothing: the size follows from the picture."""
    return {}


def _nearest_shape(width: int, height: int) -> str:
    return min(_RATIOS, key=lambda name: abs(math.log(_RATIOS[name] * height / width)))


# --- pictures ------------------------------------------------------------------------------------


def _references(request: GenerationRequest) -> Fields:
    """The first is edited, the others are shown beside it."""
    pictures = request.of_role(InputRole.IMAGE)
    return {
        f"input_image_{number}" if number > 1 else "input_image": encoded(picture)
        for number, picture in enumerate(pictures, start=1)
    }


def _images(request: GenerationRequest) -> Fields:
    return {"images": [encoded(picture) for picture in request.of_role(InputRole.IMAGE)]}


def _image_prompt(request: GenerationRequest) -> Fields:
    return {"image_prompt": encoded(_first(request))}


def _blended_image_prompt(request: GenerationRequest) -> Fields:
    # Of the vendor's strength more means more like the picture; of ours, less.
    blend = {} if request.strength is None else {"image_prompt_strength": round(1 - request.strength, 4)}
    return {**_image_prompt(request), **blend}


def _masked(request: GenerationRequest) -> Fields:
    return {"image": encoded(_first(request)), "mask": encoded(_first(request, InputRole.MASK))}


def _extended(request: GenerationRequest) -> Fields:
    margins = request.margins or Margins()
    sides = {"top": margins.up, "bottom": margins.down, "left": margins.left, "right": margins.right}
    return {"image": encoded(_first(request)), **sides}


def encoded(picture: InputMedia) -> str:
    """A picture's file as base64. Raises `OptionUnsupported` for one that the vendor would not take."""
    if picture.path.stat().st_size > LARGEST_PICTURE_BYTES:
        raise OptionUnsupported(f"FLUX takes pictures of at most {LARGEST_PICTURE_BYTES // 1_000_000} MB.")
    return base64.b64encode(picture.path.read_bytes()).decode("ascii")


def _first(request: GenerationRequest, role: InputRole = InputRole.IMAGE) -> InputMedia:
    pictures = request.of_role(role)
    if not pictures:
        raise OptionUnsupported(f"This model of FLUX needs the input {role}.")
    return pictures[0]


# --- endpoints -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Endpoint:
    """What one of the vendor's paths takes; `size_of_edit` where that is told differently for edits."""

    operations: tuple[Operation, ...]
    size: Callable[[int, int], Fields]
    pictures: Callable[[GenerationRequest], Fields]
    size_of_edit: Callable[[int, int], Fields] | None = None


_DRAWING = (Operation.TEXT_TO_IMAGE, Operation.IMAGE_TO_IMAGE)
_VARYING = (*_DRAWING, Operation.VARIATION)
_USUAL = _Endpoint(_DRAWING, _by_sides, _references)
_REDUX = _Endpoint(_VARYING, _by_sides, _image_prompt)
_KONTEXT = _Endpoint(_DRAWING, _by_ratio, _references, size_of_edit=_by_own_ratio)
_ENDPOINTS: Mapping[str, _Endpoint] = {
    "flux-pro-1.1": _REDUX,
    "flux-dev": _REDUX,
    "flux-pro-1.1-ultra": _Endpoint(_VARYING, _by_ratio, _blended_image_prompt),
    "flux-kontext-pro": _KONTEXT,
    "flux-kontext-max": _KONTEXT,
    "flux-3-image": _Endpoint(_DRAWING, _by_resolution, _images),
    "flux-pro-1.0-fill": _Endpoint((Operation.INPAINT,), _by_picture, _masked),
    "flux-pro-1.0-expand": _Endpoint((Operation.OUTPAINT,), _by_picture, _extended),
}
