"""The forms of v2beta's services: a request's fields and files under the vendor's names."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from providers.adapters.stability.services import Service
from providers.errors import OptionUnsupported
from providers.operations import Operation
from providers.types import GenerationRequest, HttpRequest, InputMedia, InputRole

# v2beta draws one of these shapes and takes no pixels; `core` draws about 1.5 MP, the others about 1 MP.
ASPECT_RATIOS = ("1:1", "16:9", "21:9", "3:2", "5:4", "4:5", "2:3", "9:16", "9:21")
_NAMES = {InputRole.IMAGE: "image", InputRole.MASK: "mask", InputRole.STYLE: "style reference"}
# What of a request a field says; nothing, None and "" are left out, and the vendor's own default holds.
_VALUES: Mapping[str, Callable[[GenerationRequest], Any]] = {
    "prompt": lambda request: prompt_of(request),
    "negative_prompt": lambda request: request.negative_prompt,
    "search_prompt": lambda request: request.search,
    "seed": lambda request: request.seed,
    "style_preset": lambda request: request.options.get("stylePreset"),
    "cfg_scale": lambda request: request.options.get("cfgScale"),
    "aspect_ratio": lambda request: aspect_ratio(request.width or 1, request.height or 1),
    "left": lambda request: request.margins and request.margins.left,
    "right": lambda request: request.margins and request.margins.right,
    "up": lambda request: request.margins and request.margins.up,
    "down": lambda request: request.margins and request.margins.down,
}
_VARIATION = "A variation of this picture"
# Fields without which a service is not asked, and what clients call them.
_NEEDED = {"search_prompt": "search"}
# These say how much of the picture is kept, where ours says how far the result may go from it.
_INVERTED = {"control_strength", "fidelity"}
# The least that the vendor takes, where it is not 0.
_LEAST_STRENGTH = {"change_strength": 0.1}


def form_request(address: str, service: Service, request: GenerationRequest, timeout_s: float) -> HttpRequest:
    """One picture by a service. Raises `OptionUnsupported` for a request without an input that the service needs."""
    if request.count != 1:
        raise OptionUnsupported("This model makes one picture a call.")
    fields = {
        **_filled(service, request),
        **_strength(service, request.strength),
        **(service.fixed or {}),
        "output_format": "png",
    }
    return HttpRequest(
        "POST",
        address,
        form={name: str(value) for name, value in fields.items()},
        files=[(name, only_input(request, role)) for name, role in service.parts] or None,
        multipart=True,
        # Bytes instead of base64 in JSON: a quarter less to read and nothing to decode. Errors are JSON all the same.
        headers={"Accept": "application/json" if service.answers_later else "image/*"},
        read_timeout_s=timeout_s,
    )


def aspect_ratio(width: int, height: int) -> str:
    """The shape nearest to a size, as the vendor writes it."""
    return min(ASPECT_RATIOS, key=lambda ratio: abs(math.log(_shape_of(ratio) * height / width)))


def prompt_of(request: GenerationRequest) -> str:
    """What is said of the picture. The vendor wants something said of each that it makes from another one."""
    return request.prompt or (_VARIATION if request.operation == Operation.VARIATION else "")


def kept(strength: float) -> float:
    """How much of the picture stays, where our `strength` says how much may change; without a float's crumbs."""
    return round(1 - strength, 4)


def only_input(request: GenerationRequest, role: InputRole) -> InputMedia:
    """The one input that plays this part. Raises `OptionUnsupported` for none, and for more that could not be sent."""
    found = request.of_role(role)
    if len(found) != 1:
        raise OptionUnsupported(f"This model takes one {_NAMES[role]}, not {len(found)}.")
    return found[0]


def _filled(service: Service, request: GenerationRequest) -> dict[str, Any]:
    values = {name: _VALUES[name](request) for name in service.fields}
    for field, name in _NEEDED.items():
        if field in values and not values[field]:
            raise OptionUnsupported(f"This model needs `{name}`: what is to be replaced.")
    return {name: value for name, value in values.items() if value not in (None, "")}


def _strength(service: Service, strength: float | None) -> dict[str, Any]:
    asked = service.usual_strength if strength is None else strength
    if not service.strength or asked is None:
        return {}
    told = kept(asked) if service.strength in _INVERTED else asked
    return {service.strength: max(told, _LEAST_STRENGTH.get(service.strength, 0))}


def _shape_of(ratio: str) -> float:
    width, height = ratio.split(":")
    return int(width) / int(height)
