"""Real pictures for the loopback vendors: decodable, of the asked size, different for each seed."""

import io
from functools import lru_cache

from PIL import Image, ImageOps


@lru_cache(maxsize=64)
def picture(width: int, height: int, seed: int = 0, kind: str = "PNG") -> bytes:
    """A picture as file bytes; `kind` is a Pillow format: "PNG", "JPEG" or "WEBP"."""
    shade = Image.linear_gradient("L").resize((width, height))
    ink = (seed * 67 % 200, seed * 151 % 200, seed * 29 % 200)
    file = io.BytesIO()
    ImageOps.colorize(shade, ink, (250, 240, 220)).save(file, kind)
    return file.getvalue()


def preview(width: int, height: int, index: int, kind: str = "PNG") -> bytes:
    """A coarse stage of `picture(width, height)`: the higher `index`, the finer."""
    grain = 8 << index
    with Image.open(io.BytesIO(picture(width, height))) as whole:
        coarse = whole.resize((grain, grain)).resize((width, height), Image.Resampling.NEAREST)
    file = io.BytesIO()
    coarse.save(file, kind)
    return file.getvalue()
