"""What the servers of an operator's own do with pictures: read them, paint over them, enlarge them."""

import base64
import binascii
import io

from PIL import Image, UnidentifiedImageError

from tests.vendors.pictures import picture

# What is left of a picture that is drawn over without a mask.
_KEPT = 0.5


class NotAPicture(ValueError):
    """The bytes are no picture that these servers read."""


def opened(content: bytes) -> Image.Image:
    """A PNG or JPEG. Raises `NotAPicture`."""
    try:
        image = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
        image.load()
    except (UnidentifiedImageError, OSError) as error:
        raise NotAPicture("cannot identify image file") from error
    return image


def decoded(text: str) -> Image.Image:
    """A picture in base64. Raises `NotAPicture`."""
    try:
        return opened(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise NotAPicture("Invalid encoded image") from error


def painted(first: Image.Image, size: tuple[int, int], seed: int, mask: Image.Image | None = None) -> Image.Image:
    """The picture in the wanted size, painted over where `mask` is white, or all over by half."""
    base = first.convert("RGB").resize(size)
    paint = opened(picture(*size, seed)).convert("RGB")
    if mask is None:
        return Image.blend(paint, base, _KEPT)
    return Image.composite(paint, base, mask.convert("L").resize(size, Image.Resampling.NEAREST))


def file_of(image: Image.Image) -> bytes:
    """The picture as a PNG."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def encoded(content: bytes) -> str:
    """A file in base64."""
    return base64.b64encode(content).decode()
