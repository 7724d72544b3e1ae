"""The services of v2beta by the catalogue's names: where each is, and which parts and fields it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from providers.operations import Operation
from providers.types import InputRole


@dataclass(frozen=True)
class Service:
    """One service: its path below /v2beta/stable-image/, and all that it is told, by the vendor's names."""

    path: str
    # Fields of the form that are filled in where the request has something for them (`form_fields`).
    fields: tuple[str, ...] = ()
    # Fields of the form that are always the same.
    fixed: Mapping[str, str] | None = None
    # Name of the part -> the input that it is.
    parts: tuple[tuple[str, InputRole], ...] = ()
    # The field for how far the result may go from the picture, and what it is told where the client does not say.
    strength: str = ""
    usual_strength: float | None = None
    # What is asked of it stays in work and is answered later.
    answers_later: bool = False


_TEXTS = ("prompt", "negative_prompt", "seed", "style_preset")
_IMAGE = ("image", InputRole.IMAGE)
_MASK = ("mask", InputRole.MASK)
_FROM_PICTURES = (Operation.IMAGE_TO_IMAGE, Operation.VARIATION)
# sd3 and ultra must be told one: between keeping the picture and disregarding it.
_USUAL_STRENGTH = 0.65
# The vendor's advice for its model of few steps (2026-07): with less there is hardly a change.
_FLASH_STRENGTH = 0.95


def _sd3(model: str, usual_strength: float) -> dict[str, Service]:
    """One of the sd3 service's models; the shape of a picture made from another one is that one's."""
    fields = (*_TEXTS, "cfg_scale")
    drawing = Service("generate/sd3", (*fields, "aspect_ratio"), {"model": model})
    changing = Service(
        "generate/sd3",
        fields,
        {"model": model, "mode": "image-to-image"},
        parts=(_IMAGE,),
        strength="strength",
        usual_strength=usual_strength,
    )
    return {Operation.TEXT_TO_IMAGE: drawing, **dict.fromkeys(_FROM_PICTURES, changing)}


def _ultra() -> dict[str, Service]:
    drawing = Service("generate/ultra", (*_TEXTS, "aspect_ratio"))
    changing = replace(drawing, parts=(_IMAGE,), strength="strength", usual_strength=_USUAL_STRENGTH)
    return {Operation.TEXT_TO_IMAGE: drawing, **dict.fromkeys(_FROM_PICTURES, changing)}


SERVICES: Mapping[str, Mapping[str, Service]] = {
    "stable-image-core": {Operation.TEXT_TO_IMAGE: Service("generate/core", (*_TEXTS, "aspect_ratio"))},
    "stable-image-ultra": _ultra(),
    "sd-3.5-large": _sd3("sd3.5-large", _USUAL_STRENGTH),
    "sd-3.5-turbo": _sd3("sd3.5-large-turbo", _USUAL_STRENGTH),
    "sd-3.5-medium": _sd3("sd3.5-medium", _USUAL_STRENGTH),
    "sd-3.5-flash": _sd3("sd3.5-flash", _FLASH_STRENGTH),
    # The vendor has served the old name with the new model since 2025-04-17.
    "sd-3.0": _sd3("sd3.5-large", _USUAL_STRENGTH),
    "stable-image-control-structure": {
        Operation.IMAGE_TO_IMAGE: Service("control/structure", _TEXTS, parts=(_IMAGE,), strength="control_strength")
    },
    "stable-image-control-sketch": {
        Operation.IMAGE_TO_IMAGE: Service("control/sketch", _TEXTS, parts=(_IMAGE,), strength="control_strength")
    },
    "stable-image-control-style": {
        Operation.IMAGE_TO_IMAGE: Service(
            "control/style", (*_TEXTS, "aspect_ratio"), parts=(("image", InputRole.STYLE),), strength="fidelity"
        )
    },
    "stable-image-style-transfer": {
        Operation.IMAGE_TO_IMAGE: Service(
            "control/style-transfer",
            ("prompt", "negative_prompt", "seed"),
            parts=(("init_image", InputRole.IMAGE), ("style_image", InputRole.STYLE)),
            strength="change_strength",
        )
    },
    "stable-image-inpaint": {Operation.INPAINT: Service("edit/inpaint", _TEXTS, parts=(_IMAGE, _MASK))},
    "stable-image-erase": {Operation.INPAINT: Service("edit/erase", ("seed",), parts=(_IMAGE, _MASK))},
    "stable-image-search-and-replace": {
        Operation.INPAINT: Service("edit/search-and-replace", (*_TEXTS, "search_prompt"), parts=(_IMAGE,))
    },
    "stable-image-outpaint": {
        Operation.OUTPAINT: Service(
            "edit/outpaint", ("prompt", "seed", "style_preset", "left", "right", "up", "down"), parts=(_IMAGE,)
        )
    },
    "stable-image-remove-background": {Operation.REMOVE_BACKGROUND: Service("edit/remove-background", parts=(_IMAGE,))},
    "stable-image-upscale-fast": {Operation.UPSCALE: Service("upscale/fast", parts=(_IMAGE,))},
    "stable-image-upscale-conservative": {
        Operation.UPSCALE: Service("upscale/conservative", ("prompt", "negative_prompt", "seed"), parts=(_IMAGE,))
    },
    "stable-image-upscale-creative": {
        Operation.UPSCALE: Service("upscale/creative", _TEXTS, parts=(_IMAGE,), answers_later=True)
    },
}


def services_of(model: str) -> Mapping[str, Service]:
    """What is asked of which service, by operation; a name that an operator added is taken for an sd3 model's."""
    return SERVICES.get(model) or _sd3(model, _USUAL_STRENGTH)
