"""A picture in another format, as it is made inside a bounded child: no metadata, and the size that was delivered."""

import mmap
from typing import Any, BinaryIO

from PIL import Image

from assets.imaging.decoding import MorePixelsNeeded, Refused, decode
from assets.imaging.shaping import shaped

# Level 6, the usual one, takes twice the time for a few percent fewer bytes.
PNG_LEVEL = 3
WEBP_METHOD = 2


def convert(arguments: dict[str, Any], inputs: list[mmap.mmap], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write `inputs[0]` as `format` in `size`; the answer may be `refused`, or the `pixels` still to reserve."""
    try:
        image = decode(inputs[0], pixels_allowed=arguments["pixels_allowed"]).image
    except MorePixelsNeeded as error:
        return {"pixels": error.pixels}
    except Refused as error:
        return {"refused": error.code, "detail": error.detail}
    size = tuple(arguments["size"])
    if image.size != size:
        image = shaped(image, (size[0], size[1]))
    _write(image, arguments["format"], arguments["quality"], outputs[0])
    return {}


def _write(image: Image.Image, kind: str, quality: int, output: BinaryIO) -> None:
    if kind == "png":
        image.save(output, "PNG", compress_level=PNG_LEVEL)
    elif kind == "webp":
        image.save(output, "WEBP", quality=quality, method=WEBP_METHOD)
    else:
        _on_white(image).save(output, "JPEG", quality=quality)


def _on_white(image: Image.Image) -> Image.Image:
    """JPEG has no transparency."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
