"""The image step, as it runs inside a bounded child: decode once, judge, encode twice, hash."""

import base64
import hashlib
import mmap
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assets.imaging.bounds import usable_format
from assets.imaging.decoding import Decoded, MorePixelsNeeded, Refused, decode
from assets.imaging.judgement import dominant_color, is_blank, is_placeholder
from assets.imaging.measuring import lightness, parts_of
from assets.imaging.perceptual import perceptual_hash
from assets.imaging.shaping import shaped
from assets.imaging.thumbhash import thumbhash_of
from assets.imaging.webp import webp_of
from assets.imaging.writing import on_white, write_picture

THUMBNAIL_SIDE = 256
THUMBNAIL_QUALITY = 82
# The hash of a 32-pixel picture equals that of a 100-pixel one at a fraction of the work.
HASHED_SIDE = 32
# How far a picture may be from the shape that was asked for, where only a shape could be: vendors round both sides,
# some to 64 pixels, and a picture that was paid for is better cropped than refused.
SHAPE_TOLERANCE = 1.08


def inspect(arguments: dict[str, Any], inputs: list[mmap.mmap], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write picture and thumbnail; the answer is their facts, `refused`, or the `pixels` still to reserve."""
    content = inputs[0]
    try:
        original_sha256 = arguments["original_sha256"] or hashlib.sha256(content).hexdigest()
        _refuse_known(f"sha256:{original_sha256}", arguments)
        decoded = decode(content, pixels_allowed=arguments["pixels_allowed"])
        facts = _facts(decoded, arguments, outputs)
    except MorePixelsNeeded as error:
        return {"pixels": error.pixels}
    except Refused as error:
        return {"refused": error.code, "detail": error.detail}
    return {**facts, "original_sha256": original_sha256, "original_size": len(content)}


def _facts(decoded: Decoded, arguments: dict[str, Any], outputs: list[BinaryIO]) -> dict[str, Any]:
    image, deliver = decoded.image, arguments["deliver"]
    _refuse_wrong_size(image.size, arguments)
    thumbnail = _scaled(image, THUMBNAIL_SIDE)
    if is_blank(thumbnail):
        raise Refused("output_blank", "every pixel has the same colour")
    small, thumbhash = _preview(thumbnail)
    _refuse_known(f"thumbhash:{thumbhash}", arguments)
    if not arguments["may_be_flat"] and is_placeholder(image):
        raise Refused("output_placeholder", "it is a flat card with a few marks, not a picture")
    if arguments["transparent"] and not decoded.has_alpha:
        raise Refused("output_opaque", "no pixel is transparent")
    grey = lightness(thumbnail)
    parts = parts_of(thumbnail, grey, image.size, arguments)
    # Last, for what came is judged whole, not the part that is kept of it.
    size, quality = tuple(deliver) if deliver is not None else image.size, arguments["quality"]
    kind = usable_format(arguments["format"], size)
    flattened = kind == "jpeg" and decoded.has_alpha
    if flattened:
        image, thumbnail = on_white(image), on_white(thumbnail)
    if size != image.size:
        thumbnail = shaped(image, _fitted(size, THUMBNAIL_SIDE))
    if flattened or size != image.size:
        small, thumbhash = _preview(thumbnail)
    picture = write_picture(image, kind, quality, size=size, output=outputs[0])
    thumbnail_webp = webp_of(thumbnail, THUMBNAIL_QUALITY)
    outputs[1].write(thumbnail_webp)
    return {
        "width": size[0],
        "height": size[1],
        "format": decoded.format,
        "has_alpha": decoded.has_alpha,
        "picture_format": kind,
        "flattened": flattened,
        "picture_sha256": picture.sha256,
        "picture_size": picture.size,
        "thumbnail_sha256": hashlib.sha256(thumbnail_webp).hexdigest(),
        "thumbnail_size": len(thumbnail_webp),
        "thumbhash": thumbhash,
        "dominant_color": dominant_color(small),
        "perceptual_hash": perceptual_hash(grey),
        "quality": parts,
    }


def _refuse_wrong_size(size: tuple[int, int], arguments: dict[str, Any]) -> None:
    expected = arguments["expected"]
    if expected is None or size == tuple(expected):
        return
    width, height = expected
    error = size[0] * height / (size[1] * width)
    if arguments["by_shape"] and 1 / SHAPE_TOLERANCE <= error <= SHAPE_TOLERANCE:
        return
    what = "the shape of " if arguments["by_shape"] else ""
    raise Refused("output_wrong_size", f"{size[0]}x{size[1]} came where {what}{width}x{height} was asked for")


def _refuse_known(fingerprint: str, arguments: dict[str, Any]) -> None:
    if fingerprint in arguments["placeholders"]:
        raise Refused("output_placeholder", "it is a picture this provider is known to send when it has none")


def _preview(thumbnail: Image.Image) -> tuple[NDArray[np.uint8], str]:
    """A few pixels to judge colours by, and their hash."""
    small = np.asarray(_scaled(thumbnail, HASHED_SIDE).convert("RGBA"))
    return small, base64.b64encode(thumbhash_of(small)).decode()


def _scaled(image: Image.Image, side: int) -> Image.Image:
    """Fitted into a square, or the picture itself where it fits already."""
    size = _fitted(image.size, side)
    return image if size == image.size else image.resize(size, Image.Resampling.HAMMING, reducing_gap=2.0)


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    shrink = min(1.0, side / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
