"""Pictures to be changed, the same every time, and requests that send them."""

import functools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from providers.operations import Operation
from providers.sim.scenes import scene
from providers.types import GenerationRequest, InputMedia, InputRole, Margins

SIZE = (192, 128)
# What each operation is asked for beside its first image.
ASKED: dict[str, dict[str, Any]] = {
    Operation.IMAGE_TO_IMAGE: {"prompt": "golden sunset", "strength": 0.7},
    Operation.VARIATION: {},
    Operation.INPAINT: {"prompt": "aurora"},
    Operation.OUTPAINT: {"margins": Margins(left=64, right=0, up=32, down=8), "width": 256, "height": 168},
    Operation.UPSCALE: {"factor": 2, "width": 384, "height": 256},
    Operation.REMOVE_BACKGROUND: {},
}


@functools.cache
def picture(prompt: str = "misty forest") -> Image.Image:
    """A scene to be changed."""
    return scene(prompt, 5, SIZE)


def mask(box: tuple[int, int, int, int] = (20, 10, 90, 60)) -> Image.Image:
    """White inside the box."""
    drawn = Image.new("L", SIZE, 0)
    ImageDraw.Draw(drawn).rectangle(box, fill=255)
    return drawn


def pixels_of(image: Image.Image) -> NDArray[np.int16]:
    """Its values as numbers that may be subtracted."""
    return np.asarray(image, np.int16)


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart, 0 to 255."""
    return float(np.abs(pixels_of(one) - pixels_of(other)).mean())


def media_of(folder: Path, role: str, image: Image.Image, name: str = "") -> InputMedia:
    """The picture as a file that plays this part."""
    path = folder / f"{name or role}.png"
    image.save(path)
    return InputMedia(role, path, "image/png", image.width, image.height)


def edit(folder: Path, operation: str, **changes: Any) -> GenerationRequest:
    """A request for the operation on the usual picture."""
    inputs = [media_of(folder, InputRole.IMAGE, picture())]
    if operation == Operation.INPAINT:
        inputs.append(media_of(folder, InputRole.MASK, mask()))
    asked = {"prompt": "", "width": SIZE[0], "height": SIZE[1], **ASKED[operation], **changes}
    return GenerationRequest(
        **{
            "attempt_id": "0d3a8c1e-6a54-4be9-a8a7-8f1f3c1c2b11",
            "operation": operation,
            "model": "sim/standard",
            "seed": 40,
            "inputs": tuple(inputs),
            **asked,
        }
    )
