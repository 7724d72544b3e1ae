"""Pictures as the bounded child draws them."""

from pathlib import Path
from typing import Any

from PIL import Image

from gencraft_media.common.bounded import run_bounded
from providers.sim.edits import NO_EDIT
from providers.types import InputRole
from tests.providers.sim.samples import SIZE

MIB = 1_048_576


def drawn(folder: Path, operation: str, *images: Image.Image, **changes: Any) -> Image.Image:
    """The operation on `images`; `mask` and `style` are pictures, too, the rest is as sim is asked."""
    parts = [(InputRole.IMAGE, image) for image in images]
    parts += [(InputRole(name), changes.pop(name)) for name in ("mask", "style") if name in changes]
    paths = []
    for number, (_, image) in enumerate(parts):
        paths.append(folder / f"input-{number}.png")
        image.save(paths[-1], compress_level=1)
    arguments: dict[str, Any] = {
        **NO_EDIT.as_drawn,
        **{"operation": operation, "prompt": "", "seed": 3, "width": SIZE[0], "height": SIZE[1], "variant": "scene"},
        **{"roles": [role for role, _ in parts], **changes},
    }
    sink = folder / "drawn.png"
    run_bounded(
        "providers.sim.drawing:draw",
        arguments,
        inputs=paths,
        outputs=[sink],
        memory_bytes=1024 * MIB,
        cpu_s=20,
        wall_s=60.0,
        pixels=arguments["width"] * arguments["height"],
    )
    with Image.open(sink) as image:
        image.load()
    assert image.size == (arguments["width"], arguments["height"])
    return image
