"""A request to Stability with everything in it that a client may say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from providers.types import GenerationRequest, Margins
from tests.providers.catalogue_rows import catalogue_rows
from tests.vendors.stability.calling import PLAIN
from tests.vendors.stability.inputs import media

SIZE = (256, 192)


def asked_of(model: str, operation: str, folder: Path, **changes: Any) -> GenerationRequest:
    """A request with everything that a client may say, and the inputs that the model takes."""
    rules = catalogue_rows()["stability", model].limits["operations"][operation]["inputs"]
    request = replace(
        PLAIN,
        model=model,
        operation=operation,
        negative_prompt="people",
        seed=7,
        options={"stylePreset": "anime", "cfgScale": 4},
        strength=0.3,
        search="the sea",
        margins=Margins(left=64, up=32),
        width=SIZE[0],
        height=SIZE[1],
        inputs=tuple(media(role, SIZE, folder) for role in rules),
    )
    return replace(request, **changes)
