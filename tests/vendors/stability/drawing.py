"""What the loopback Stability draws: shapes instead of sizes on v2beta, and a blur where its filter struck."""

import io
import math

from PIL import Image, ImageFilter

from tests.vendors.pictures import picture

# About one megapixel, multiples of 64, wide shapes only; tall ones are these turned.
_ONE_MEGAPIXEL = {
    "1:1": (1024, 1024),
    "5:4": (1088, 896),
    "3:2": (1216, 832),
    "16:9": (1344, 768),
    "21:9": (1536, 640),
}
_CORE_PIXELS = 1.5 * 1024 * 1024
KINDS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP"}


def size_drawn(service: str, aspect_ratio: str) -> tuple[int, int]:
    """The pixels of a shape: `core` draws about 1.5 megapixels, the other services about one."""
    width, height = (int(side) for side in aspect_ratio.split(":"))
    if service == "core":
        return _on_grid(_CORE_PIXELS * width / height), _on_grid(_CORE_PIXELS * height / width)
    if width >= height:
        return _ONE_MEGAPIXEL[aspect_ratio]
    long_side, short_side = _ONE_MEGAPIXEL[f"{height}:{width}"]
    return short_side, long_side


def canvas(width: int, height: int, seed: int) -> Image.Image:
    """A new picture: another one for each seed."""
    with Image.open(io.BytesIO(picture(width, height, seed))) as image:
        return image.convert("RGB")


def encoded(image: Image.Image, output_format: str = "png", *, filtered: bool = False) -> bytes:
    """A picture as file bytes; a filtered one is blurred beyond recognition."""
    file = io.BytesIO()
    whole = image.filter(ImageFilter.BoxBlur(40)) if filtered else image
    # The fastest: some of these pictures have sixteen million pixels.
    whole.save(file, KINDS[output_format], **({"compress_level": 1} if output_format == "png" else {}))
    return file.getvalue()


def _on_grid(squared_side: float) -> int:
    return round(math.sqrt(squared_side) / 32) * 32
