"""Every operation once, on pictures of sim's own: what goes in and what comes out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageDraw

from providers.sim.drawing import OPERATIONS
from providers.sim.paintings import Painting, Size
from providers.sim.scenes import painted

# Larger than the examples are shown, as pictures are.
DRAWN: Size = (900, 600)
_SMALL: Size = (225, 150)
_SUN = (545, 165, 695, 315)
# The place of the picture in the one that is extended.
_EXTENDED, _INNER = (1860, 600), (570, 60, 1290, 540)


@dataclass(frozen=True)
class Shown:
    """One picture with the words under it; `columns` wide where it is broader than others."""

    image: Image.Image
    words: str
    columns: int = 1


@dataclass(frozen=True)
class Example:
    """One operation: what it takes, in words; the pictures it is given; its results."""

    operation: str
    takes: str
    given: tuple[Shown, ...]
    results: tuple[Shown, ...]


def examples() -> Iterator[Example]:
    """One example an operation, in the order in which the API lists them."""
    yield _text_to_image()
    yield _image_to_image()
    yield _variation()
    yield _inpaint()
    yield _outpaint()
    yield _upscale()
    yield _remove_background()


def _text_to_image() -> Example:
    wishes = (("golden sunset", 5), ("northern lights", 2), ("calm morning", 8), ("sand and dunes", 5))
    results = [Shown(_done("text-to-image", prompt=prompt, seed=seed), f"“{prompt}”") for prompt, seed in wishes]
    return Example("text-to-image", "a prompt", (), tuple(results))


def _image_to_image() -> Example:
    lake, night = _scene("dawn over a lake", 1), _scene("aurora", 7)
    asked = Painting("golden sunset", 4, DRAWN, [lake])
    return Example(
        "image-to-image",
        "a prompt, a strength,\na style reference",
        (Shown(lake, "image"), Shown(night, "style reference")),
        (
            Shown(OPERATIONS["image-to-image"](asked), "“golden sunset”"),
            Shown(OPERATIONS["image-to-image"](replace(asked, style=night)), "the same in that style"),
        ),
    )


def _variation() -> Example:
    forest = _scene("misty forest", 6)
    results = [Shown(_done("variation", forest, seed=seed), f"seed {seed}") for seed in (3, 1, 2)]
    return Example("variation", "nothing, or a prompt", (Shown(forest, "image"),), tuple(results))


def _inpaint() -> Example:
    snow = _scene("snowy mountains", 5)
    sky = ImageChops.invert(_done("remove-background", snow).getchannel("A"))
    sun = Image.new("L", DRAWN, 0)
    ImageDraw.Draw(sun).ellipse(_SUN, fill=255)
    asked = Painting("aurora", 11, DRAWN, [snow], mask=sky)
    return Example(
        "inpaint",
        "a mask, and a prompt\nor none to erase",
        (Shown(snow, "image"), Shown(sky.convert("RGB"), "mask")),
        (
            Shown(OPERATIONS["inpaint"](asked), "“aurora”"),
            Shown(OPERATIONS["inpaint"](replace(asked, prompt="", mask=sun)), "the sun masked, no prompt"),
        ),
    )


def _outpaint() -> Example:
    left, up, right, down = _INNER
    inner = _scene("aurora", 7).resize((right - left, down - up), Image.Resampling.LANCZOS)
    wide = OPERATIONS["outpaint"](Painting("", 5, _EXTENDED, [inner], left=left, up=up))
    ImageDraw.Draw(wide).rectangle((left - 2, up - 2, right + 1, down + 1), outline="white", width=2)
    return Example("outpaint", "left, right, up, down", (Shown(inner, "image"),), (Shown(wide, "extended", 2),))


def _upscale() -> Example:
    small = _scene("misty forest", 6).resize(_SMALL, Image.Resampling.LANCZOS)
    larger = OPERATIONS["upscale"](Painting("", 1, DRAWN, [small]))
    left, up, width, height = 150, 100, 75, 50
    before = small.crop((left, up, left + width, up + height)).resize((300, 200), Image.Resampling.NEAREST)
    after = larger.crop((left * 4, up * 4, (left + width) * 4, (up + height) * 4))
    return Example(
        "upscale",
        "a factor: 2, 4 or 8",
        (Shown(small, "image, 225 by 150"), Shown(before, "a part of it")),
        (Shown(after, "four times as large"),),
    )


def _remove_background() -> Example:
    dusk = _scene("purple dusk", 4)
    cut = _done("remove-background", dusk)
    before = _scene("golden sunset", 9)
    before.paste(cut, (0, 0), cut)
    return Example(
        "remove-background",
        "nothing",
        (Shown(dusk, "image"),),
        (Shown(cut, "transparent"), Shown(before, "laid over another sky")),
    )


def _scene(prompt: str, seed: int) -> Image.Image:
    return painted(prompt, seed, DRAWN)


def _done(operation: str, *images: Image.Image, prompt: str = "", seed: int = 1) -> Image.Image:
    return OPERATIONS[operation](Painting(prompt, seed, DRAWN, list(images)))
