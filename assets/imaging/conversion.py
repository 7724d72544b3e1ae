"""A picture in another format, as it is made inside a bounded child: no metadata, and the size that was delivered."""

import mmap
from typing import Any, BinaryIO

from PIL import Image

from assets.imaging.decoding import MorePixelsNeeded, Refused, decode
from assets.imaging.shaping import shaped
from assets.imaging.webp import webp_of

# Level 6, the usual one, takes twice the time for a few percent fewer bytes.
PNG_LEVEL = 3


def convert(arguments: dict[str, Any], inputs: list[mmap.mmap], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write `inputs[0]` as `format` in `size`; the answer may be `refused`, or the `pixels` still to reserve."""
    try:
        image = decode(inputs[0], pixels_allowed=arguments["pixels_allowed"]).image
    except MorePixelsNeeded as error:
        return {"pixels": error.pixels}
    except Refused as error:
        return {"refused": error.code, "detail": error.detail}
    width, height = arguments["size"]
    _write(image, (width, height), arguments["format"], arguments["quality"], outputs[0])
    return {}


def _write(image: Image.Image, size: tuple[int, int], kind: str, quality: int, output: BinaryIO) -> None:
    if kind == "webp":
        output.write(webp_of(image, quality, size=size))
        return
    image = image if image.size == size else shaped(image, size)
    if kind == "png":
        image.save(output, "PNG", compress_level=PNG_LEVEL)
    else:
        on_white(image).save(output, "JPEG", quality=quality)


def on_white(image: Image.Image) -> Image.Image:
    """JPEG has no transparency."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
