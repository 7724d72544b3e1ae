"""Pictures to send to Stability, as the engine prepares them: files of a wanted size, and masks that show where."""

from pathlib import Path

from PIL import Image, ImageDraw

from providers.types import InputMedia, InputRole
from tests.vendors.stability.drawing import canvas

SEED = 11
STYLE = (200, 40, 40)


def media(role: str, size: tuple[int, int], folder: Path | None = None) -> InputMedia:
    """One input; written into `folder` unless nobody is going to read it."""
    path = (folder or Path()) / f"{role}-{size[0]}x{size[1]}.png"
    if folder is not None and not path.exists():
        _drawn(role, size).save(path, compress_level=1)
    return InputMedia(role, path, "image/png", *size)


def _drawn(role: str, size: tuple[int, int]) -> Image.Image:
    if role == InputRole.STYLE:
        return Image.new("RGB", size, STYLE)
    if role == InputRole.IMAGE:
        return canvas(*size, SEED)
    # White is edited: the left half.
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, size[0] // 2 - 1, size[1]), fill=255)
    return mask
