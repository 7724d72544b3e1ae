"""Simulated pictures: scenes, and pictures made of those that were sent. Runs in a bounded child."""

from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, JpegImagePlugin, PngImagePlugin

from providers.sim.cutting import cut_out
from providers.sim.inpainting import inpainted
from providers.sim.outpainting import outpainted
from providers.sim.paintings import Painting
from providers.sim.repainting import repainted, varied
from providers.sim.scenes import scene
from providers.types import InputRole

_CARD = (188, 190, 194)
_CARD_INK = (120, 122, 128)
# Imported for its effect, ahead of the first fork: nothing can be loaded any more once a child is limited.
Image.preinit()
PLUGINS = (JpegImagePlugin, PngImagePlugin)


def draw(arguments: dict[str, Any], inputs: list[Any], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write one PNG of `width` × `height`.

    `variant`: what is asked for (`scene`), a scene with the weight of a `photograph`, a `blank` or a `placeholder`.
    `roles` says which part each of the `inputs` plays; the rest is as in `Painting`.
    """
    image = _drawn(arguments, inputs)
    # Level 1 takes a quarter of the time of the default for a few per cent more bytes.
    image.save(outputs[0], "PNG", compress_level=1)
    return {"width": image.width, "height": image.height}


def _drawn(arguments: dict[str, Any], inputs: list[Any]) -> Image.Image:
    size = arguments["width"], arguments["height"]
    variant = arguments["variant"]
    if variant == "blank":
        return Image.new("RGB", size, "white")
    if variant == "placeholder":
        return _placeholder(size)
    image = OPERATIONS[arguments["operation"]](_painting(arguments, inputs))
    # Elsewhere the grain would change what must stay as it is.
    return _with_grain(image) if variant == "photograph" and not inputs else image


def _painting(arguments: dict[str, Any], inputs: list[Any]) -> Painting:
    opened = [(role, Image.open(file)) for role, file in zip(arguments["roles"], inputs, strict=True)]
    by_role = {role: [image for named, image in opened if named == role] for role in InputRole}
    styles, masks = by_role[InputRole.STYLE], by_role[InputRole.MASK]
    return Painting(
        prompt=arguments["prompt"],
        seed=arguments["seed"],
        size=(arguments["width"], arguments["height"]),
        images=[_plain(image) for image in by_role[InputRole.IMAGE]],
        mask=masks[0].convert("L") if masks else None,
        style=styles[0].convert("RGB") if styles else None,
        strength=arguments["strength"],
        left=arguments["left"],
        up=arguments["up"],
        search=arguments["search"],
    )


def _plain(image: Image.Image) -> Image.Image:
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _upscaled(painting: Painting) -> Image.Image:
    """upscale: resampled, and sharpened as far as the enlargement softened it."""
    image = painting.images[0]
    factor = painting.size[0] / image.width
    larger = image.resize(painting.size, Image.Resampling.LANCZOS)
    return larger.filter(ImageFilter.UnsharpMask(radius=0.6 * factor, percent=50, threshold=1))


def _scene(painting: Painting) -> Image.Image:
    return scene(painting.prompt, painting.seed, painting.size)


OPERATIONS: dict[str, Callable[[Painting], Image.Image]] = {
    "text-to-image": _scene,
    "image-to-image": repainted,
    "variation": varied,
    "inpaint": inpainted,
    "outpaint": outpainted,
    "upscale": _upscaled,
    "remove-background": cut_out,
}


def _with_grain(image: Image.Image) -> Image.Image:
    """The weight of a real photograph, which smooth drawings lack: about 1.5 MB as PNG at 1024x1024."""
    random = np.random.Generator(np.random.PCG64(1))
    grain = Image.fromarray(random.integers(0, 26, (image.height, image.width), dtype=np.uint8))
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), offset=-13)


def _placeholder(size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, _CARD)
    font = ImageFont.load_default(max(8, min(size) // 24))
    middle = size[0] / 2, size[1] / 2
    ImageDraw.Draw(image).text(middle, "Image unavailable", fill=_CARD_INK, font=font, anchor="mm")
    return image
