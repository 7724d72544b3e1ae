"""Inputs as a model takes them: each of them decoded, cut, scaled and written anew in a bounded child of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.errors import BadInput
from assets.imaging.picture import INPUT_BYTES, MIME_TYPES, PIXEL_LIMIT, USUAL_PIXELS, run_with_room
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable

MASK = "mask"
Size = tuple[int, int]


@dataclass(frozen=True)
class InputWish:
    """One input as it is kept, and as its model wants it. Sizes in pixels, width first.

    `path`: a JPEG, PNG or WebP file; a client's clean upload or an asset's original as its provider sent it.
    `role`: as the request has it ("image", "mask", "style"); "mask" alone is treated differently.
    `field`: what the client calls it, for errors.
    `shape`: the size in which the client knows it, where the file may have another one: an asset's delivered size. The
    file is cropped around its centre to this shape first, as it was on delivery.
    `size`: the size to send, exactly; None: `shape`, or the file's own. For a mask it is that of the first image.
    `format`: "png" or "jpeg", the latter on white. `limit_bytes`: a PNG of more bytes than this becomes a JPEG.

    For masks only, which are always written as PNG:
    `image_shape`: the size in which the client knows the first image; the mask must have this shape. None: `size`.
    `mask_mode`: what of the mask says "edit here": "transparent", "white", or "auto", which is the former wherever the
    mask has a pixel that is more transparent than not.
    `edits`: what says so to the model: "white" (grey PNG) or "transparent" (RGBA PNG).
    """

    path: Path
    role: str
    field: str
    shape: Size | None = None
    size: Size | None = None
    format: str = "png"
    limit_bytes: int | None = None
    image_shape: Size | None = None
    mask_mode: str = "auto"
    edits: str = "white"


@dataclass(frozen=True)
class PreparedInput:
    """One input ready to be sent: upright, sRGB, without metadata."""

    role: str
    path: Path
    mime_type: str
    width: int
    height: int
    has_alpha: bool
    sha256: str
    size_bytes: int


def prepare_inputs(wishes: Sequence[InputWish], *, folder: Path) -> list[PreparedInput]:
    """Write every input into `folder` as its model takes it, in the order given; a second run writes the same files.

    Raises `BadInput` for a file that cannot be used and a mask that edits nothing or does not fit its image, and
    `BoundedUnavailable` where the host is in trouble and nothing is known of the files.
    """
    return [_prepared(wish, folder / f"input-{position}") for position, wish in enumerate(wishes)]


def _prepared(wish: InputWish, target: Path) -> PreparedInput:
    size_bytes = wish.path.stat().st_size
    if not 0 < size_bytes <= INPUT_BYTES:
        raise BadInput(f"The {wish.field} has {size_bytes} bytes.", wish.field, "unreadable")
    answer = _prepare(wish, target, USUAL_PIXELS)
    if "pixels" in answer:
        answer = _prepare(wish, target, answer["pixels"])
    if "refused" in answer:
        raise BadInput(f"The {wish.field} cannot be used: {answer['detail']}.", wish.field, answer["refused"])
    written_as = answer.pop("format")
    path = target.replace(target.with_suffix(f".{written_as}"))
    return PreparedInput(role=wish.role, path=path, mime_type=MIME_TYPES[written_as], **answer)


def _prepare(wish: InputWish, target: Path, pixels: int) -> dict[str, Any]:
    size = wish.size or wish.shape
    arguments = {
        "shape": wish.shape,
        "size": wish.size,
        "format": wish.format,
        "limit_bytes": wish.limit_bytes,
        "is_mask": wish.role == MASK,
        "image_shape": wish.image_shape or wish.size,
        "mask_mode": wish.mask_mode,
        "edits": wish.edits,
    }
    try:
        return run_with_room(
            "assets.imaging.preparing:prepare",
            arguments,
            wish.path,
            [target],
            min(pixels, PIXEL_LIMIT),
            size[0] * size[1] if size else pixels,
        )
    except BoundedUnavailable:
        raise
    except BoundedFailure as failure:
        raise BadInput(f"The {wish.field} cannot be decoded.", wish.field, "unreadable") from failure
