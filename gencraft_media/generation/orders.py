"""From what a client wrote to an order, and from a job back to the order it came from."""

from typing import Any

from gencraft_media.generation.admission import GenerationOrder
from providers.fitting import Wanted

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
)


def wanted_from(values: dict[str, Any]) -> Wanted:
    """What is wanted of the picture, out of a checked body; absent fields keep the defaults of `Wanted`."""
    return Wanted(**{name: values[name] for name in _WANTED if values.get(name) is not None})


def order_from(values: dict[str, Any], *, idempotency_key: str, fingerprint: str) -> GenerationOrder:
    """The order in the checked body of POST /api/media/generate."""
    return GenerationOrder(
        operation=values["operation"],
        wanted=wanted_from(values),
        provider=values["provider"],
        model=values.get("model"),
        strict=values["fit"] == "strict",
        external_user_id=values.get("external_user_id", ""),
        tags=tuple(dict.fromkeys(values.get("tags", ()))),
        alt_text=values.get("alt_text", ""),
        expires_at=values.get("expires_at"),
        metadata=values.get("metadata", {}),
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
    )
