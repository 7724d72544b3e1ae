"""The limits a model of an operator's own server begins with, from its kind, its operations and its wiring."""

from collections.abc import Iterable, Mapping
from typing import Any

from providers.kinds import AUTOMATIC1111, COMFYUI, OPENAI_COMPATIBLE
from providers.operations import Operation

Limits = dict[str, Any]

_DEFAULT_SIZE = "1024x1024"
_PROMPT_LENGTH = 10_000
_SEEDS = {"minimum": 0, "maximum": 2**32 - 1}
_MOST_PIXELS = 4_194_304
# Of a size that a workflow draws.
_SIDES = range(16, 8192 + 1)
_FREE_SIZE = {
    "kind": "free",
    "minimum_side": 64,
    "maximum_side": 2048,
    "multiple": 8,
    "maximum_pixels": _MOST_PIXELS,
}
_STEPS = {"kind": "integer", "minimum": 1, "maximum": 150}
_CFG_SCALE = {"kind": "number", "minimum": 0, "maximum": 35}
_PICTURE = {"minimum": 1, "maximum": 1, "minimum_side": 16, "maximum_pixels": _MOST_PIXELS, "formats": ["png", "jpeg"]}
# Only PNGs: an upscaler enlarges the marks of JPEG, too.
_LOSSLESS = {**_PICTURE, "formats": ["png"]}
_WORDLESS: Limits = {"prompt": "none", "negative_prompt_length": 0, "seed": None, "options": {}}
# ComfyUI's masks by which part of a picture they are read from: transparency is turned over, colours are not.
_COLOURS = {"red", "green", "blue"}


def default_limits(
    kind: str, operations: Iterable[str], wiring: Mapping[str, Any], *, default_size: str = ""
) -> Limits:
    """Limits in the shape of `providers.catalogue`, to be stored with the model and edited there.

    `wiring` has no problems (`providers.kinds.wiring_problems`); `default_size` is "WxH" in pixels.
    """
    made = _MAKERS[kind](wiring, default_size)
    own: Limits = made.pop("operations")
    return {**made, "operations": {name: own[name] for name in operations if name in own}}


def _openai_compatible(wiring: Mapping[str, Any], default_size: str) -> Limits:
    named = wiring.get("fields", {})
    pictures = {**_PICTURE, "maximum": 4}
    strength = {"strength": True} if "strength" in named else {}
    return {
        **_shared(default_size, 1),
        "size": _FREE_SIZE,
        **_taken(named),
        "operations": {
            Operation.IMAGE_TO_IMAGE: {**strength, "inputs": {"image": pictures, "style": {**_PICTURE, "minimum": 0}}},
            Operation.VARIATION: {**strength, "prompt": "optional", "inputs": {"image": _PICTURE}},
            Operation.INPAINT: {
                "inputs": {"image": _PICTURE, "mask": _mask(wiring.get("maskEdits", "transparent"))},
            },
        },
    }


def _automatic1111(wiring: Mapping[str, Any], default_size: str) -> Limits:
    # Stretched to the size that is drawn by the server itself, were it sent in another one.
    picture = {**_PICTURE, "drawn": True}
    drawn_over: Limits = {"prompt": "optional", "strength": True, "inputs": {"image": picture}}
    return {
        **_shared(default_size, 4),
        "size": _FREE_SIZE,
        "negative_prompt_length": _PROMPT_LENGTH,
        "seed": _SEEDS,
        "options": {
            "steps": _STEPS,
            "cfgScale": _CFG_SCALE,
            "sampler": {
                "kind": "choice",
                "values": ["euler", "ddim", "lms"],
                "words": {"euler": "Euler", "ddim": "DDIM", "lms": "LMS"},
            },
        },
        "operations": {
            Operation.IMAGE_TO_IMAGE: {**drawn_over, "prompt": "required"},
            Operation.VARIATION: drawn_over,
            Operation.INPAINT: {**drawn_over, "inputs": {"image": picture, "mask": _mask("white")}},
            Operation.UPSCALE: {**_WORDLESS, "outputs_per_call": 1, **_enlarging([2, 4])},
        },
    }


def _comfyui(wiring: Mapping[str, Any], default_size: str) -> Limits:
    named, workflow = wiring["inputs"], wiring["workflow"]
    own_size = default_size or _size_in(workflow)
    sized = "width" in named and "height" in named
    edit: Limits = {
        "size": {"kind": "same", "measured": True},
        **({"strength": True} if "strength" in named else {}),
        "inputs": {
            "image": _PICTURE,
            **({"style": {**_PICTURE, "minimum": 0}} if "style" in named else {}),
        },
    }
    mask_edits = _mask_convention(workflow, named.get("mask", ""))
    # Where the workflow has no place for a size it draws its own.
    size = _FREE_SIZE if sized else {"kind": "list", "measured": True, "values": [own_size or _DEFAULT_SIZE]}
    return {
        **_shared(own_size, 4 if "count" in named else 1),
        "size": size,
        **_taken(named),
        "operations": {
            Operation.IMAGE_TO_IMAGE: edit,
            Operation.VARIATION: {**edit, "prompt": "optional"},
            Operation.INPAINT: {**edit, "prompt": "optional", "inputs": {**edit["inputs"], "mask": _mask(mask_edits)}},
            Operation.UPSCALE: {**_WORDLESS, **_enlarging([int(wiring.get("factor", 2))])},
            Operation.REMOVE_BACKGROUND: {**edit, **_WORDLESS},
        },
    }


_MAKERS = {OPENAI_COMPATIBLE: _openai_compatible, AUTOMATIC1111: _automatic1111, COMFYUI: _comfyui}


def _shared(default_size: str, outputs_per_call: int) -> Limits:
    return {
        "prompt_length": _PROMPT_LENGTH,
        "outputs_per_call": outputs_per_call,
        "default_size": default_size or _DEFAULT_SIZE,
        "qualities": {"standard": "standard"},
    }


def _taken(named: Mapping[str, Any]) -> Limits:
    """What the wiring has a place for, and nothing else."""
    options = {"steps": _STEPS, "cfgScale": _CFG_SCALE, "sampler": _SAMPLER}
    return {
        **({"negative_prompt_length": _PROMPT_LENGTH} if "negativePrompt" in named else {}),
        **({"seed": _SEEDS} if "seed" in named else {}),
        "options": {name: rule for name, rule in options.items() if name in named},
    }


# ComfyUI's KSampler has the same words.
_SAMPLER = {"kind": "choice", "values": ["euler", "ddpm", "ddim", "lms"]}


def _mask(edits: str) -> Limits:
    return {"minimum": 1, "maximum": 1, "edits": edits, "formats": ["png"]}


def _enlarging(factors: list[int]) -> Limits:
    return {
        "size": {"kind": "factor", "values": factors, "maximum_pixels": 16_777_216},
        "factor": sorted({*factors, 2, 4}),
        "inputs": {"image": _LOSSLESS},
    }


def _size_in(workflow: Mapping[str, Any]) -> str:
    """The size that the workflow draws by itself: of its first node that has one; "" for none."""
    for node in workflow.values():
        width, height = (node["inputs"].get(side) for side in ("width", "height"))
        if _is_side(width) and _is_side(height):
            return f"{width}x{height}"
    return ""


def _is_side(value: Any) -> bool:
    """A 0 is ComfyUI's word for "as the other side asks"; what else is no side is left alone, too."""
    return type(value) is int and value in _SIDES


def _mask_convention(workflow: Mapping[str, Any], path: Any) -> str:
    """Which part of a mask the workflow paints anew."""
    first = path if isinstance(path, str) else next(iter(path), "")
    node = workflow.get(str(first).partition(".")[0], {})
    return "white" if node.get("inputs", {}).get("channel") in _COLOURS else "transparent"
