"""An input as its model takes it, as it is made inside a bounded child."""

import hashlib
import io
import mmap
from typing import Any, BinaryIO

from PIL import Image

from assets.imaging.decoding import MorePixelsNeeded, Refused, decode
from assets.imaging.intake import SIDE_LIMIT
from assets.imaging.masks import as_edited, coverage_of, fitted, refuse_other_shape
from assets.imaging.shaping import crop_box, scaled
from assets.imaging.writing import PNG_LEVEL, on_white

# What is made here is encoded once more by the model's own step: nothing that shows may be lost before.
JPEG_QUALITY = 95


def prepare(arguments: dict[str, Any], inputs: list[mmap.mmap], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write the input anew; the answer is its facts, `refused`, or the `pixels` still to reserve."""
    try:
        image = decode(inputs[0], pixels_allowed=arguments["pixels_allowed"], side_limit=SIDE_LIMIT).image
        image = _mask(image, arguments) if arguments["is_mask"] else _picture(image, arguments)
    except MorePixelsNeeded as error:
        return {"pixels": error.pixels}
    except Refused as error:
        return {"refused": error.code, "detail": error.detail}
    kind, written = _encoded(image, arguments)
    outputs[0].write(written)
    return {
        "format": kind,
        "width": image.width,
        "height": image.height,
        "has_alpha": kind == "png" and image.mode == "RGBA",
        "sha256": hashlib.sha256(written).hexdigest(),
        "size_bytes": len(written),
    }


def _picture(image: Image.Image, arguments: dict[str, Any]) -> Image.Image:
    box, size = _box_and_size(image.size, arguments)
    return image if (0, 0, *size) == box and image.size == size else scaled(image, box, size)


def _mask(image: Image.Image, arguments: dict[str, Any]) -> Image.Image:
    known_as = arguments["shape"] or image.size
    refuse_other_shape(known_as, arguments["image_shape"] or known_as)
    box, size = _box_and_size(image.size, arguments)
    return as_edited(fitted(coverage_of(image, arguments["mask_mode"]), box, size), arguments["edits"])


def _box_and_size(
    held: tuple[int, int], arguments: dict[str, Any]
) -> tuple[tuple[int, int, int, int], tuple[int, int]]:
    """What is taken of a picture of `held` pixels, and the size it is given: cut and scaled at once loses least."""
    shape = arguments["shape"]
    width, height = arguments["size"] or shape or held
    return crop_box(held, (shape[0], shape[1])) if shape else (0, 0, *held), (width, height)


def _encoded(image: Image.Image, arguments: dict[str, Any]) -> tuple[str, memoryview]:
    written, limit_bytes = io.BytesIO(), arguments["limit_bytes"]
    if arguments["format"] == "png" or arguments["is_mask"]:
        image.save(written, "PNG", compress_level=PNG_LEVEL)
        if arguments["is_mask"] or limit_bytes is None or written.tell() <= limit_bytes:
            return "png", written.getbuffer()
        written = io.BytesIO()
    on_white(image).save(written, "JPEG", quality=JPEG_QUALITY, subsampling="4:4:4")
    return "jpeg", written.getbuffer()
