"""A client's picture made clean, as it runs inside a bounded child: one frame, upright, sRGB, only pixels."""

import mmap
from typing import Any, BinaryIO

from assets.imaging.decoding import Decoded, MorePixelsNeeded, Refused, decode
from assets.imaging.survey import Survey, Unsound, survey
from assets.imaging.writing import PNG_LEVEL

PIXEL_LIMIT = 50_000_000
SIDE_LIMIT = 16_384
SHORTEST_SIDE = 16
# Of each kind. Profiles of printing presses have two, what editors write down of a picture's past may have more.
METADATA_BYTES = 4 * 1_048_576
# What the step that prepares inputs for a model reads at most.
CLEAN_BYTES = 64 * 1_048_576
JPEG_QUALITY = 95
# What `decode` says of a provider's picture, of a client's.
_REASONS = {
    "output_not_an_image": "not_an_image",
    "output_truncated": "truncated",
    "output_too_large": "too_many_pixels",
    "output_bomb": "bomb",
    "output_unreadable": "unreadable",
}


def take_in(arguments: dict[str, Any], inputs: list[mmap.mmap], outputs: list[BinaryIO]) -> dict[str, Any]:
    """Write `inputs[0]` anew; the answer is its facts, `refused`, or the `pixels` still to reserve.

    A JPEG becomes a JPEG, all else a PNG, unless that has more bytes than may be and no transparency.
    """
    content = inputs[0]
    try:
        found = survey(content)
        if found is not None:
            _require_sound(found, arguments["declared_type"])
            if found.width * found.height > arguments["pixels_allowed"]:
                return {"pixels": found.width * found.height}
        decoded = _decoded(content, found, arguments["pixels_allowed"])
        kind = _write(decoded, outputs[0])
    except Unsound as error:
        return {"refused": error.reason, "detail": error.detail}
    except Refused as error:
        return {"refused": _REASONS.get(error.code, error.code), "detail": error.detail}
    return {
        "width": decoded.image.width,
        "height": decoded.image.height,
        "has_alpha": decoded.has_alpha,
        "format": kind,
    }


def _require_sound(found: Survey, declared_type: str) -> None:
    if declared_type and declared_type != f"image/{found.format}":
        raise Refused("type_mismatch", f"it was sent as {declared_type} and is a {found.format.upper()}")
    if found.is_animated:
        raise Refused("animated", "it has more than one frame")
    size = f"{found.width}x{found.height}"
    if not found.width or not found.height:
        raise Refused("unreadable", "it does not say how large it is")
    if max(found.width, found.height) > SIDE_LIMIT:
        raise Refused("too_many_pixels", f"{size} has a side above {SIDE_LIMIT} pixels")
    if found.width * found.height > PIXEL_LIMIT:
        raise Refused("too_many_pixels", f"{size} are more than {PIXEL_LIMIT // 1_000_000} megapixels")
    if min(found.width, found.height) < SHORTEST_SIDE:
        raise Refused("too_small", f"{size} has a side below {SHORTEST_SIDE} pixels")
    if max(found.metadata_bytes.values(), default=0) > METADATA_BYTES:
        raise Refused("too_much_metadata", f"more than {METADATA_BYTES // 1_048_576} MiB of one kind")


def _decoded(content: mmap.mmap, found: Survey | None, pixels_allowed: int) -> Decoded:
    try:
        decoded = decode(content, pixels_allowed=pixels_allowed, side_limit=SIDE_LIMIT)
    except MorePixelsNeeded as error:
        raise Refused("unreadable", "it states two different sizes") from error
    # An MPO is a JPEG with other pictures behind it, as telephones write them: gain maps, second views.
    kind = {"mpo": "jpeg"}.get(decoded.format, decoded.format)
    if found is None or (kind, sorted(decoded.image.size)) != (found.format, sorted((found.width, found.height))):
        raise Refused("unreadable", "what was decoded is not what the file states")
    return Decoded(decoded.image, kind, decoded.has_alpha)


def _write(decoded: Decoded, output: BinaryIO) -> str:
    if decoded.format != "jpeg":
        decoded.image.save(output, "PNG", compress_level=PNG_LEVEL)
        if output.tell() <= CLEAN_BYTES:
            return "png"
        if decoded.has_alpha:
            raise Refused("too_large", f"kept without loss it takes more than {CLEAN_BYTES // 1_048_576} MiB")
        output.seek(0)
        output.truncate()
    decoded.image.save(output, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return "jpeg"
