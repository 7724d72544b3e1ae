"""What a client asked for, before any model was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from providers.types import Margins

# Our field -> the name clients know it by; the options among them keep that name in `params`.
OPTION_NAMES = {
    "steps": "steps",
    "cfg_scale": "cfgScale",
    "sampler": "sampler",
    "style_preset": "stylePreset",
    "style": "style",
    "background": "background",
    "moderation": "moderation",
    "partial_images": "partialImages",
}


@dataclass(frozen=True)
class InputFacts:
    """What is known of an input before any model is asked: its part, and its size in pixels."""

    role: str
    width: int
    height: int
    # Where it came from, as the client is told again: {"assetId"}, {"uploadId"} or {"url"}.
    source: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """What a client asked for, before any model was looked at. None or "" = not said."""

    prompt: str
    negative_prompt: str = ""
    width: int | None = None
    height: int | None = None
    quality: str = ""
    steps: int | None = None
    cfg_scale: Decimal | float | None = None
    sampler: str = ""
    seed: int | None = None
    style_preset: str = ""
    style: str = ""
    background: str = ""
    moderation: str = ""
    # Previews to be sent while the picture is made.
    partial_images: int | None = None
    count: int = 1
    inputs: tuple[InputFacts, ...] = ()
    # 0 keeps the first image, 1 disregards it.
    strength: float | None = None
    # How far each side is extended, in pixels of the first image; None: up to the size that is asked for.
    margins: Margins | None = None
    # How many times larger each side becomes.
    factor: int | None = None
    # What is replaced, where no mask says where it is.
    search: str = ""
    # What of the mask says "edit here": "transparent", "white", or "auto".
    mask_mode: str = "auto"
    # The quality where none is said: unlike one that is, it is no reason to refuse a model or to report a change.
    usual_quality: str = "standard"
    # In pixels, of what is delivered, where its size is not that of the picture it is made of.
    longest_side: int | None = None

    def of_role(self, role: str) -> tuple[InputFacts, ...]:
        """The inputs that play this part, in the client's order."""
        return tuple(facts for facts in self.inputs if facts.role == role)


def wanted_from_params(params: Mapping[str, Any], *, count: int, inputs: tuple[InputFacts, ...] = ()) -> Wanted:
    """What an earlier request was fitted to, as a new wish: its job is run again."""
    options = params.get("options", {})
    given = {name: options[spelling] for name, spelling in OPTION_NAMES.items() if spelling in options}
    return Wanted(
        prompt=params["prompt"],
        negative_prompt=params.get("negativePrompt", ""),
        width=params.get("width"),
        height=params.get("height"),
        quality=params.get("quality", ""),
        seed=params.get("seed"),
        count=count,
        inputs=inputs,
        strength=params.get("strength"),
        margins=Margins(**params["margins"]) if "margins" in params else None,
        factor=params.get("factor"),
        search=params.get("search", ""),
        mask_mode=params.get("maskMode", "auto"),
        **given,
    )
