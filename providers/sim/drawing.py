"""Simulated pictures: a landscape out of prompt and seed, always the same for the same two. Runs in a bounded child."""

import hashlib
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont, PngImagePlugin

from providers.sim.landscape import Landscape
from providers.sim.palettes import palette_for

MARK = "SIMULATED"
_CARD = (188, 190, 194)
_CARD_INK = (120, 122, 128)
# Imported for its effect, ahead of the first fork: nothing can be loaded any more once a child is limited.
Image.preinit()
PLUGIN = PngImagePlugin


def draw(arguments: dict[str, Any], inputs: list[Any], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write one PNG of `width` × `height`.

    `variant`: a `scene`, a grainy `photograph` of it, a `blank` or a `placeholder` picture.
    """
    size = arguments["width"], arguments["height"]
    variant = arguments.get("variant", "scene")
    if variant == "blank":
        image = Image.new("RGB", size, "white")
    elif variant == "placeholder":
        image = _placeholder(size)
    else:
        image = scene(arguments["prompt"], arguments["seed"], size)
    if variant == "photograph":
        image = _with_grain(image)
    # Level 1 takes a quarter of the time of the default for a few per cent more bytes.
    image.save(outputs[0], "PNG", compress_level=1)
    return {"width": image.width, "height": image.height}


def scene(prompt: str, seed: int, size: tuple[int, int]) -> Image.Image:
    """The landscape for this prompt and seed, with the mark that says nobody painted it."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode()).digest()
    random = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
    image = Landscape(size, palette_for(prompt, digest[16]), random).painted()
    _mark(image)
    return image


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


def _mark(image: Image.Image) -> None:
    shorter = min(image.size)
    if shorter < 96:
        return
    font = ImageFont.load_default(max(9, shorter // 64))
    spaced = " ".join(MARK)
    margin = shorter // 40
    left, top, right, bottom = (int(value) for value in font.getbbox(spaced, anchor="ls"))
    overlay = Image.new("L", (right - left + 2, bottom - top + 2), 0)
    ImageDraw.Draw(overlay).text((1 - left, 1 - top), spaced, fill=150, font=font, anchor="ls")
    corner = image.width - margin - overlay.width, image.height - margin - overlay.height
    image.paste((255, 255, 255), corner, overlay)
