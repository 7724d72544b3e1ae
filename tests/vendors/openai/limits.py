"""Which models the loopback vendor serves, and what each of them takes (read 2026-11-22)."""

from typing import Any

from tests.vendors.openai.tokens import qualities_of

SERVED = (
    "gpt-image-2.6-sunburst",
    "gpt-image-2.6-flare",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-flare",
    "gpt-image-2",
    "gpt-image-1.5",
    "chatgpt-image-latest",
    "gpt-image-1-mini",
)
SHUTS_DOWN = {"gpt-image-1.5": "2026-12-01", "chatgpt-image-latest": "2026-12-01", "gpt-image-1-mini": "2026-12-01"}
_STANDARD_SIZES = {"1024x1024", "1536x1024", "1024x1536"}
# Of an edit: pictures with the style reference among them, and what each file may weigh.
MOST_IMAGES = 16
PICTURE_BYTES, MASK_BYTES = 50_000_000, 4_000_000
_LONGEST_SIDE, _FEWEST_PIXELS, _MOST_PIXELS = 3840, 655_360, 8_294_400


def misfit_of(document: dict[str, Any]) -> tuple[str, str] | None:
    """The field of a well-formed request that its model does not take, and why; None where all is well."""
    model = document["model"]
    quality = document.get("quality", "auto")
    if quality not in ("auto", *qualities_of(model)):
        return "quality", f"Invalid value: '{quality}'. Supported values are: {', '.join(qualities_of(model))}."
    if not _takes_size(model, document.get("size", "auto")):
        return "size", f"Invalid size '{document['size']}' for {model}."
    return None


def misfit_of_fidelity(document: dict[str, Any]) -> str:
    """Why the model of an edit does not take its `input_fidelity`; "" where it does, or none is named."""
    asked, model = document.get("input_fidelity"), str(document.get("model", ""))
    if asked is None or (not model.startswith("gpt-image-2") and (asked == "low" or model != "gpt-image-1-mini")):
        return ""
    return f"The model {model} does not support input_fidelity '{asked}'."


def size_of(document: dict[str, Any]) -> tuple[int, int]:
    """The size in pixels that a request gets."""
    size = document.get("size", "auto")
    width, height = ("1024x1024" if size == "auto" else size).split("x")
    return int(width), int(height)


def _takes_size(model: str, size: str) -> bool:
    if size == "auto" or size in _STANDARD_SIZES:
        return True
    if not model.startswith("gpt-image-2"):
        return False
    width, height = (int(side) for side in size.split("x"))
    return (
        width % 16 == 0
        and height % 16 == 0
        and max(width, height) <= min(_LONGEST_SIDE, 3 * min(width, height))
        and _FEWEST_PIXELS <= width * height <= _MOST_PIXELS
    )
