"""A delivered picture in the format a client wants: its original where that will do, else made in a bounded child."""

import tempfile
from pathlib import Path
from typing import Any

from assets.errors import BadPicture, StoredObjectMissing
from assets.imaging.picture import USUAL_PIXELS, run_with_room
from assets.models import MediaAsset
from assets.storage import private_path
from gencraft_media.common.bounded import BoundedFailure, BoundedUnavailable

FORMATS = ("png", "jpeg", "webp")
# What each encoder is told where the client says nothing.
USUAL_QUALITY = {"png": 0, "jpeg": 90, "webp": 82}


def picture_as(asset: MediaAsset, kind: str, *, quality: int | None = None, as_it_came: bool = False) -> bytes:
    """The picture as PNG, JPEG or WebP in its delivered size, made from the original and not from the web picture.

    `as_it_came`: the original had that size already, so that its own bytes serve where the format is the wanted one.
    Raises `StoredObjectMissing`, `BadPicture`, or `BoundedUnavailable` where the host is in trouble.
    """
    if not asset.original_key:
        raise StoredObjectMissing
    with private_path(asset.original_key) as original:
        if as_it_came and asset.original_mime_type == f"image/{kind}" and (quality is None or kind == "png"):
            return original.read_bytes()
        return _converted(original, (asset.width, asset.height), kind, quality)


def preview_as(key: str, kind: str, *, size: tuple[int, int], quality: int | None = None) -> bytes:
    """A preview as PNG, JPEG or WebP in the size of the picture it is of. Raises as `picture_as` does."""
    with private_path(key) as original:
        return _converted(original, size, kind, quality)


def _converted(original: Path, size: tuple[int, int], kind: str, quality: int | None) -> bytes:
    arguments = {
        "format": kind,
        "size": size,
        # Pillow's lowest is 1.
        "quality": USUAL_QUALITY[kind] if quality is None else max(quality, 1),
    }
    with tempfile.TemporaryDirectory(prefix="picture-format-") as folder:
        target = Path(folder) / f"picture.{kind}"
        more = size[0] * size[1]
        answer = _convert(arguments, original, target, USUAL_PIXELS, more)
        if "pixels" in answer:
            answer = _convert(arguments, original, target, answer["pixels"], more)
        if "refused" in answer:
            raise BadPicture(answer["refused"], answer["detail"])
        return target.read_bytes()


def _convert(arguments: dict[str, Any], original: Path, target: Path, pixels: int, more: int) -> dict[str, Any]:
    try:
        return run_with_room("assets.imaging.conversion:convert", arguments, original, [target], pixels, more)
    except BoundedUnavailable:
        raise
    except BoundedFailure as failure:
        raise BadPicture("output_unreadable", f"it could not be written as {arguments['format']}") from failure
