"""The pictures in a request to the loopback Black Forest Labs, and results whose pixels show what was asked."""

import base64
import functools
import io
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image

from tests.vendors.pictures import picture

PICTURE_BYTES, PICTURE_PIXELS = 20_000_000, 20_000_000
_FLUX_3_SIDE = 256
_FORMATS = ("PNG", "JPEG", "WEBP")
# Of the first picture this much is left in a result; the vendor's own default where it has a field for it.
_KEPT, _KEPT_BY_ULTRA = 0.5, 0.1
# Further references are seen along the upper edge of a result.
TILE = 32


class Misfit(ValueError):
    """A picture that the vendor does not take; `field` is where it stands."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def pictures_in(document: Mapping[str, Any]) -> dict[str, Image.Image]:
    """The pictures of a request by the fields they stand in. Raises `Misfit`."""
    pictures = {field: _picture(field, text) for field, text in _encoded(document)}
    if "mask" in pictures:
        _check_mask(pictures["mask"], pictures["image"])
    for field, found in pictures.items():
        if field.startswith("images.") and min(found.size) < _FLUX_3_SIDE:
            raise Misfit(field, f"a side of less than {_FLUX_3_SIDE} pixels")
    return pictures


def result_size(document: Mapping[str, Any], pictures: Mapping[str, Image.Image]) -> tuple[int, int] | None:
    """The size of a result that follows from the picture; None where it does not."""
    if "image" not in pictures:
        return None
    width, height = pictures["image"].size
    left, right, top, bottom = (int(document.get(side) or 0) for side in ("left", "right", "top", "bottom"))
    return width + left + right, height + top + bottom


def drawn(
    document: Mapping[str, Any], pictures: Mapping[str, Image.Image], size: tuple[int, int], seed: int
) -> Image.Image:
    """The result: paint over the masked part, around the picture, or all over it by so much."""
    with Image.open(io.BytesIO(picture(*size, seed))) as opened:
        paint = opened.convert("RGB")
    if "mask" in pictures:
        return Image.composite(paint, pictures["image"].convert("RGB"), pictures["mask"].convert("L"))
    if "image" in pictures:
        paint.paste(pictures["image"].convert("RGB"), (int(document.get("left") or 0), int(document.get("top") or 0)))
        return paint
    first, *others = pictures.values()
    share = float(document.get("image_prompt_strength", _KEPT_BY_ULTRA if "aspect_ratio" in document else _KEPT))
    result = Image.blend(paint, first.convert("RGB").resize(size), _KEPT if "image_prompt" not in pictures else share)
    for position, other in enumerate(others):
        result.paste(other.convert("RGB").resize((TILE, TILE)), (position * TILE, 0))
    return result


def _encoded(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field, value in document.items():
        if field.startswith("input_image") or field in {"image", "mask", "image_prompt"}:
            yield field, value
        if field == "images":
            yield from ((f"images.{number}", text) for number, text in enumerate(value))


def _picture(field: str, text: str) -> Image.Image:
    try:
        return _decoded(text)
    except ValueError as error:
        raise Misfit(field, str(error)) from error


@functools.lru_cache(maxsize=16)
def _decoded(text: str) -> Image.Image:
    """The picture; nobody changes it. Raises ValueError."""
    content = base64.b64decode(text, validate=True)
    if len(content) > PICTURE_BYTES:
        raise ValueError("more than 20 MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = Image.open(io.BytesIO(content), formats=_FORMATS)
            if found.width * found.height > PICTURE_PIXELS:
                raise ValueError("more than 20 megapixels")
            found.load()
    except (OSError, SyntaxError) as error:
        raise ValueError("no picture") from error
    return found


def _check_mask(mask: Image.Image, image: Image.Image) -> None:
    if mask.size != image.size:
        raise Misfit("mask", f"{mask.size} beside an image of {image.size}")
    if mask.mode not in {"1", "L"}:
        raise Misfit("mask", f"{mask.mode}, not black and white")
