"""What the invented models take: limits that stand in nobody's way, unless a situation narrows them."""

from collections.abc import Mapping
from typing import Any

_ONE_IMAGE = {"minimum": 1, "maximum": 1, "formats": ["png", "jpeg"]}
_MASK = {"minimum": 0, "maximum": 1, "edits": "white", "formats": ["png"]}
_PLAIN: Mapping[str, Any] = {
    "prompt_length": 1000,
    "negative_prompt_length": 1000,
    "outputs_per_call": 1,
    "default_size": "1024x1024",
    "size": {"kind": "free", "minimum_side": 64, "maximum_side": 2048, "multiple": 8},
    "qualities": {"standard": "standard", "hd": "hd"},
    "seed": {"minimum": 0, "maximum": 4294967295},
    "options": {"steps": {"kind": "integer", "minimum": 1, "maximum": 50}},
}
_OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "image-to-image": {
        "size": {"kind": "same"},
        "strength": True,
        "inputs": {"image": {**_ONE_IMAGE, "maximum": 4}},
    },
    "variation": {"size": {"kind": "same"}, "prompt": "optional", "inputs": {"image": _ONE_IMAGE}},
    "inpaint": {
        "size": {"kind": "same"},
        "prompt": "optional",
        "search": True,
        "inputs": {"image": _ONE_IMAGE, "mask": _MASK},
    },
    "outpaint": {
        "size": {"kind": "margins", "maximum": 2048, "maximum_pixels": 16777216},
        "prompt": "optional",
        "inputs": {"image": _ONE_IMAGE},
    },
    "upscale": {
        "size": {"kind": "factor", "values": [2, 4], "maximum_pixels": 67108864},
        "prompt": "none",
        "factor": [2, 4],
        "inputs": {"image": _ONE_IMAGE},
    },
    "remove-background": {"size": {"kind": "same"}, "prompt": "none", "inputs": {"image": _ONE_IMAGE}},
}


def limits_of(own: Mapping[str, Any]) -> dict[str, Any]:
    """The usual limits with a model's own over them, without those that are "none".

    `operations` may narrow each operation, one by one.
    """
    operations = {name: {**usual, **own.get("operations", {}).get(name, {})} for name, usual in _OPERATIONS.items()}
    limits = {**_PLAIN, **own, "operations": operations}
    return {name: limit for name, limit in limits.items() if limit != "none"}
