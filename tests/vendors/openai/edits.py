"""An edit as the vendor takes it: the form, the pictures in it, and a result whose pixels show what was asked."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, UnidentifiedImageError

from tests.vendors.openai.forms import NotAForm, Part, parts_of
from tests.vendors.openai.limits import MASK_BYTES, MOST_IMAGES, PICTURE_BYTES, misfit_of_fidelity
from tests.vendors.pictures import picture
from tests.vendors.serving import Received

_NUMBERS = {"n", "output_compression", "partial_images"}
_SAID = {"true": True, "false": False}
_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
# What is left of the first picture where no mask says what to leave alone.
_KEPT = 0.5


class WrongEdit(ValueError):
    """A field of the form that the vendor does not take."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Wish:
    """What was asked for: the fields as JSON has them, and for an edit its pictures."""

    document: dict[str, Any]
    images: tuple[Image.Image, ...] = ()
    mask: Image.Image | None = None

    @property
    def events(self) -> str:
        """How the names of its events begin."""
        return "image_edit" if self.images else "image_generation"


def read_edit(received: Received) -> Wish:
    """The form of a request. Raises `NotAForm`, and `WrongEdit` for a file that is not as it must be."""
    parts = parts_of(received)
    images = tuple(_image(part) for part in parts if part.name in {"image", "image[]"})
    _check_count(parts, len(images))
    document = _fields(parts)
    if misfit := misfit_of_fidelity(document):
        raise WrongEdit("input_fidelity", misfit)
    masks = [_mask(part, images[0]) for part in parts if part.name == "mask"]
    return Wish(document, images, masks[0] if masks else None)


def edited(wish: Wish, size: tuple[int, int], index: int) -> Image.Image:
    """The first picture in the wanted size, painted over where the mask is transparent, or all over by half."""
    first = wish.images[0].resize(size)
    with Image.open(io.BytesIO(picture(*size, index))) as opened:
        paint = opened.convert("RGBA")
    if wish.mask is None:
        result = Image.blend(paint, first, _KEPT)
    else:
        result = Image.composite(first, paint, wish.mask.getchannel("A").resize(size, Image.Resampling.NEAREST))
    if wish.document.get("background") == "transparent":
        result.putalpha(round_mask(size))
    return result


def _fields(parts: list[Part]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part in parts:
        if part.name in {"image", "image[]", "mask"}:
            continue
        if part.name in fields:
            raise WrongEdit(part.name, "The field is given twice.")
        if part.filename is not None:
            raise WrongEdit(part.name, "A file, where text was expected.")
        text = part.content.decode()
        if part.name in _NUMBERS and text.isdigit():
            fields[part.name] = int(text)
        else:
            fields[part.name] = _SAID.get(text, text) if part.name == "stream" else text
    return fields


def _check_count(parts: list[Part], images: int) -> None:
    names = [part.name for part in parts]
    if images == 0:
        raise WrongEdit("image", "Missing required parameter: 'image'.")
    if images > MOST_IMAGES:
        raise WrongEdit("image", f"Too many images: at most {MOST_IMAGES} are taken.")
    if names.count("image") > 1 or ("image" in names and "image[]" in names):
        raise WrongEdit("image", "Several images are sent as 'image[]'.")
    if names.count("mask") > 1:
        raise WrongEdit("mask", "One mask is taken.")


def _image(part: Part) -> Image.Image:
    if part.filename is None:
        raise WrongEdit(part.name, "Expected a file.")
    if len(part.content) >= PICTURE_BYTES:
        raise WrongEdit(part.name, "The image is 50 MB or larger.")
    return _opened(part, _FORMATS).convert("RGBA")


def _mask(part: Part, first: Image.Image) -> Image.Image:
    if part.filename is None:
        raise WrongEdit("mask", "Expected a file.")
    if len(part.content) >= MASK_BYTES:
        raise WrongEdit("mask", "The mask is 4 MB or larger.")
    mask = _opened(part, {"PNG": "image/png"})
    if "A" not in mask.getbands():
        raise WrongEdit("mask", "Invalid mask image format: mask image missing alpha channel.")
    if mask.size != first.size:
        raise WrongEdit("mask", f"The mask is {mask.size}, the first image {first.size}.")
    return mask.convert("RGBA")


def _opened(part: Part, formats: dict[str, str]) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(part.content), formats=list(formats))
        picture.load()
    except (UnidentifiedImageError, OSError) as error:
        raise WrongEdit(part.name, "Invalid image file.") from error
    if part.content_type != formats[str(picture.format)]:
        raise WrongEdit(part.name, f"The file is {picture.format} and was sent as {part.content_type}.")
    return picture


def round_mask(size: tuple[int, int]) -> Image.Image:
    """Opaque in the middle, transparent towards the corners."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=255)
    return mask


__all__ = ["NotAForm", "Wish", "WrongEdit", "edited", "read_edit"]
