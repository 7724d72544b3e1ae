"""From what a client wrote to an order, and from a job back to the order it came from."""

from collections.abc import Sequence
from typing import Any

from gencraft_media.generation.admission import GenerationOrder
from gencraft_media.generation.delivered_form import AskedForm
from gencraft_media.generation.inputs import InputReference
from gencraft_media.generation.routing.wishes import AUTO, RoutingWish
from providers.fitting import Wanted
from providers.input_fitting import FIELD_OF_ROLE
from providers.types import InputRole, Margins
from providers.wanted import InputFacts

_WANTED = (
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "quality",
    "steps",
    "cfg_scale",
    "sampler",
    "seed",
    "style_preset",
    "style",
    "count",
    "strength",
    "factor",
    "search",
    "mask_mode",
)
_SIDES = ("left", "right", "up", "down")


def wanted_from(values: dict[str, Any], *, inputs: Sequence[InputFacts] = ()) -> Wanted:
    """What is wanted of the picture, out of a checked body; absent fields keep the defaults of `Wanted`."""
    said = {name: values[name] for name in _WANTED if values.get(name) is not None}
    if values.get("background", "auto") != "auto":
        said["background"] = values["background"]
    if any(side in values for side in _SIDES):
        said["margins"] = Margins(**{side: values.get(side, 0) for side in _SIDES})
    return Wanted(**{"prompt": "", **said, "inputs": tuple(inputs)})


def wish_from(values: dict[str, Any]) -> RoutingWish:
    """Who shall make it, out of a checked body."""
    return RoutingWish(
        providers=() if values["provider"] == AUTO else values["provider"],
        model=values.get("model"),
        strategy=values.get("strategy"),
        max_cost=values.get("max_cost"),
        max_seconds=values.get("max_seconds"),
        allow=tuple(dict.fromkeys(values.get("allow", ()))),
        deny=tuple(dict.fromkeys(values.get("deny", ()))),
        fallback=values.get("fallback"),
    )


def references_in(values: dict[str, Any]) -> tuple[InputReference, ...]:
    """The pictures that a checked body names, in the client's order."""
    images = [("image", values["image"])] if "image" in values else []
    images += [(f"images.{index}", given) for index, given in enumerate(values.get("images", ()))]
    named = [(InputRole.IMAGE, name, given) for name, given in images]
    for role, name in ((InputRole.MASK, "mask"), (InputRole.STYLE, "style_reference")):
        if name in values:
            named.append((role, FIELD_OF_ROLE[role], values[name]))
    return tuple(InputReference(role, name, **given) for role, name, given in named)


def order_from(values: dict[str, Any], *, idempotency_key: str, fingerprint: str) -> GenerationOrder:
    """The order in the checked body of POST /api/media/generate."""
    return GenerationOrder(
        operation=values["operation"],
        wanted=wanted_from(values),
        wish=wish_from(values),
        strict=values["fit"] == "strict",
        form=AskedForm(values.get("format", ""), values.get("compression")),
        inputs=references_in(values),
        external_user_id=values.get("external_user_id", ""),
        tags=tuple(dict.fromkeys(values.get("tags", ()))),
        alt_text=values.get("alt_text", ""),
        expires_at=values.get("expires_at"),
        metadata=values.get("metadata", {}),
        webhook_url=values.get("webhook_url", ""),
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
    )
