"""A picture in another format, as it is made inside a bounded child: no metadata, and the size that was delivered."""

import mmap
from typing import Any, BinaryIO

from assets.imaging.decoding import MorePixelsNeeded, Refused, decode
from assets.imaging.writing import write_picture


def convert(arguments: dict[str, Any], inputs: list[mmap.mmap], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write `inputs[0]` as `format` in `size`; the answer may be `refused`, or the `pixels` still to reserve."""
    try:
        image = decode(inputs[0], pixels_allowed=arguments["pixels_allowed"]).image
    except MorePixelsNeeded as error:
        return {"pixels": error.pixels}
    except Refused as error:
        return {"refused": error.code, "detail": error.detail}
    width, height = arguments["size"]
    write_picture(image, arguments["format"], arguments["quality"], size=(width, height), output=outputs[0])
    return {}
