"""What a model is told, in its vendor's words; clients and jobs keep ours."""

from collections.abc import Mapping
from typing import Any

from providers.edit_sizes import scaled_margins
from providers.sizes import delivered_size, drawn_size
from providers.types import InputRole, Margins


def in_vendors_words(limits: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `GenerationRequest` that say what is wanted, from fitted `params` and the model's limits."""
    width, height = drawn_size(params) or (None, None)
    quality = params.get("quality", "standard")
    rules = limits.get("options", {})
    return {
        "prompt": params["prompt"],
        "negative_prompt": params.get("negativePrompt", ""),
        "width": width,
        "height": height,
        "quality": limits.get("qualities", {}).get(quality, quality),
        "options": {
            name: rules.get(name, {}).get("words", {}).get(value, value)
            for name, value in params.get("options", {}).items()
        },
        **{name: params[name] for name in ("strength", "search") if name in params},
        **({"margins": _margins(params)} if "margins" in params else {}),
        **({"factor": _factor(params)} if "factor" in params else {}),
    }


def size_of_image(params: Mapping[str, Any]) -> tuple[int, int] | None:
    """The size of the first image in pixels as the client gave it; None where there is none."""
    image = next((given for given in params.get("inputs", ()) if given["role"] == InputRole.IMAGE), None)
    return delivered_size(image) if image else None


def sent_size(params: Mapping[str, Any]) -> tuple[int, int] | None:
    """The size of the first image in pixels as it is sent; None where there is none."""
    return delivered_size(params["sent"]) if "sent" in params else size_of_image(params)


def sent_sizes(params: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The sizes in pixels of all pictures that are sent, masks aside: what some vendors take a price for."""
    shown = [given for given in params.get("inputs", ()) if given["role"] != InputRole.MASK]
    sizes = [delivered_size(given.get("sent", given)) for given in shown]
    if shown and shown[0]["role"] == InputRole.IMAGE:
        sizes[0] = sent_size(params)
    return [size for size in sizes if size is not None]


def _margins(params: Mapping[str, Any]) -> Margins | None:
    size, sent = size_of_image(params), sent_size(params)
    if size is None or sent is None:
        return None
    return scaled_margins(Margins(**params["margins"]), size, sent)


def _factor(params: Mapping[str, Any]) -> int | None:
    """How many times larger the model itself makes the picture."""
    sent, drawn = sent_size(params), drawn_size(params)
    return drawn[0] // sent[0] if sent and drawn else None
