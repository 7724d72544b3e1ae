"""Scenes: a landscape out of prompt and seed, always the same for the same two."""

import hashlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from providers.sim.landscape import Landscape
from providers.sim.palettes import Palette, palette_for

MARK = "SIMULATED"


def scene(prompt: str, seed: int, size: tuple[int, int]) -> Image.Image:
    """The landscape for this prompt and seed, with the mark that says nobody painted it."""
    image = painted(prompt, seed, size)
    mark(image)
    return image


def painted(
    prompt: str,
    seed: int,
    size: tuple[int, int],
    *,
    palette: Palette | None = None,
    horizon: float | None = None,
    light: tuple[float, float] | None = None,
) -> Image.Image:
    """The landscape without the mark. What is given beside the prompt is kept to: shares of width and height."""
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode()).digest()
    random = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))
    landscape = Landscape(size, palette or palette_for(prompt, digest[16]), random)
    landscape.compose(horizon, light)
    return landscape.painted()


def mark(image: Image.Image) -> None:
    """Write into the lower right corner, where there is room, that the picture is simulated."""
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
