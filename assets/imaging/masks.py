"""Masks: where a picture may be changed, read from whatever says so and written as a model takes it.

Runs in a bounded child only.
"""

from typing import cast

from PIL import Image

from assets.imaging.decoding import Refused

# Closer than this to "keep" or "edit" is meant as that: compression leaves such noise, and some models take only what
# is wholly transparent for the part to edit.
NOISE = 16
HALF = 128


def coverage_of(mask: Image.Image, mode: str) -> Image.Image:
    """The mask as levels of grey: white where the picture is to be edited. Takes RGB or RGBA."""
    if mode == "transparent" or (mode == "auto" and _has_hole(mask)):
        if mask.mode != "RGBA":
            raise Refused("mask_empty", "it edits nothing, for no part of it is transparent")
        return mask.getchannel("A").point(lambda level: 255 - level)
    if mask.mode == "RGBA":
        # Strokes of white on nothing: nothing is not white.
        ground = Image.new("RGB", mask.size)
        ground.paste(mask, mask=mask.getchannel("A"))
        mask = ground
    return mask.convert("L")


def fitted(coverage: Image.Image, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image.Image:
    """The part of the mask in `box`, scaled with its picture. Raises `Refused` where nothing of it edits anything."""
    if (0, 0, *size) != box or coverage.size != size:
        # Soft edges stay soft, and this filter, unlike sharper ones, adds no halo: wholly kept stays wholly kept.
        coverage = coverage.resize(size, Image.Resampling.BILINEAR, box=box)
    coverage = coverage.point(_without_noise)
    if _range(coverage)[1] < HALF:
        raise Refused(
            "mask_empty", f"it edits nothing, for at {size[0]}x{size[1]} no pixel of it is half marked or more"
        )
    return coverage


def as_edited(coverage: Image.Image, edits: str) -> Image.Image:
    """White where edited in grey, or transparent where edited in black."""
    if edits == "white":
        return coverage
    made = Image.new("RGBA", coverage.size)
    made.putalpha(coverage.point(lambda level: 255 - level))
    return made


def refuse_other_shape(mask: tuple[int, int], image: tuple[int, int]) -> None:
    """A mask may be smaller or larger than its picture, but not wider or higher; one pixel is rounding."""
    across, down = mask[0] - mask[1] * image[0] / image[1], mask[1] - mask[0] * image[1] / image[0]
    if min(abs(across), abs(down)) > 1:
        detail = f"it is {mask[0]}x{mask[1]} and so has another shape than the picture's {image[0]}x{image[1]}"
        raise Refused("mask_shape", detail)


def _has_hole(mask: Image.Image) -> bool:
    return mask.mode == "RGBA" and _range(mask.getchannel("A"))[0] < HALF


def _range(channel: Image.Image) -> tuple[int, int]:
    return cast(tuple[int, int], channel.getextrema())


def _without_noise(level: int) -> int:
    if level < NOISE:
        return 0
    return 255 if level > 255 - NOISE else level
