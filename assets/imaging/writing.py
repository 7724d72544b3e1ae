"""Pictures in the formats in which they are delivered. Runs in a bounded child only."""

import hashlib
from typing import BinaryIO, NamedTuple, cast

from PIL import AvifImagePlugin, Image

from assets.imaging.shaping import shaped
from assets.imaging.webp import webp_of

# Imported ahead of the first fork, where no file can be opened any more.
LOADED_PLUGINS = (AvifImagePlugin,)
# Of 0 to 10; slower levels take several times the CPU for a few percent fewer bytes.
AVIF_SPEED = 8
# Level 6, the usual one, takes twice the time for a few percent fewer bytes.
PNG_LEVEL = 3


class Written(NamedTuple):
    """What was written."""

    sha256: str
    size: int


class _Hashing:
    """Takes what an encoder writes, and hashes it on its way to the file."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        self._size += len(content)
        return self._output.write(content)

    def flush(self) -> None:
        self._output.flush()

    def written(self) -> Written:
        return Written(self._hash.hexdigest(), self._size)


def write_picture(image: Image.Image, kind: str, quality: int, *, size: tuple[int, int], output: BinaryIO) -> Written:
    """Write the picture, cut and scaled to `size` where it has another one. Takes RGB or RGBA; JPEG gets it on white.

    `quality` 0-100 is the encoder's; PNG loses nothing, whatever it says.
    """
    if kind == "webp":
        content = webp_of(image, quality, size=size)
        output.write(content)
        return Written(hashlib.sha256(content).hexdigest(), len(content))
    target = _Hashing(output)
    file = cast(BinaryIO, target)
    image = image if image.size == size else shaped(image, size)
    if kind == "png":
        image.save(file, "PNG", compress_level=PNG_LEVEL)
    elif kind == "jpeg":
        # Pillow takes 0 for "not said"; its lowest is 1.
        on_white(image).save(file, "JPEG", quality=max(quality, 1))
    else:
        # A child may start no thread.
        image.save(file, "AVIF", quality=quality, speed=AVIF_SPEED, max_threads=1)
    return target.written()


def on_white(image: Image.Image) -> Image.Image:
    """JPEG has no transparency."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
