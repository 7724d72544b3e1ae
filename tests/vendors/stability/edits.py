"""What the loopback Stability makes of pictures that are sent along: real pixels, each service's own kind of change."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.vendors.stability.drawing import canvas, size_drawn
from tests.vendors.stability.forms import Form

# The areas that the vendor's own sizes have, in pixels.
MEGAPIXEL, FOUR_MEGAPIXELS, FOUR_K = 1024 * 1024, 2048 * 2048, 3840 * 2160
LARGER = 4
_GROWN = {"inpaint": 5, "erase": 5}


@dataclass(frozen=True)
class Wish:
    """What was asked of a service: its form, its fields as their types, the seed that is used.

    `largest` is how many pixels the creative upscaler makes.
    """

    service: str
    form: Form
    fields: Mapping[str, Any]
    seed: int
    largest: int = FOUR_K

    def image(self, name: str = "image") -> Image.Image:
        """One of the pictures that were sent."""
        return self.form.files[name].image().convert("RGB")


def edited(wish: Wish) -> Image.Image:
    """The picture that a service makes of those it was sent."""
    return _MAKERS[wish.service](wish)


def _redrawn(wish: Wish) -> Image.Image:
    """sd3: about a megapixel in the picture's own shape."""
    image = wish.image()
    return _changed(image, _of_area(image.size, MEGAPIXEL), wish.fields["strength"], wish.seed)


def _redrawn_in_shape(wish: Wish) -> Image.Image:
    """ultra: one of the shapes that it is told."""
    size = size_drawn("ultra", wish.fields.get("aspect_ratio", "1:1"))
    return _changed(wish.image(), size, wish.fields["strength"], wish.seed)


def _controlled(wish: Wish) -> Image.Image:
    """Structure and sketch: the edges stay, the rest is new."""
    image = wish.image()
    edges = image.convert("L").filter(ImageFilter.FIND_EDGES).point(lambda shade: min(255, shade * 4))
    strength = wish.fields.get("control_strength", 0.7)
    drawn = canvas(*image.size, wish.seed)
    return Image.composite(Image.new("RGB", image.size, "black"), drawn, edges.point(lambda shade: shade * strength))


def _in_style(wish: Wish) -> Image.Image:
    """A new picture in the colours of the one that was sent."""
    drawn = canvas(*size_drawn("style", wish.fields.get("aspect_ratio", "1:1")), wish.seed)
    return Image.blend(drawn, _one_colour(wish.image(), drawn.size), wish.fields.get("fidelity", 0.5) / 2)


def _restyled(wish: Wish) -> Image.Image:
    """The first picture, tinted like the second."""
    image = wish.image("init_image")
    image = image.resize(_of_area(image.size, MEGAPIXEL))
    tint = _one_colour(wish.image("style_image"), image.size)
    return Image.blend(image, tint, wish.fields.get("change_strength", 0.9) / 2)


def _filled(wish: Wish) -> Image.Image:
    """What is masked is new, what is not stays to the last bit."""
    image = wish.image()
    return Image.composite(canvas(*image.size, wish.seed), image, _mask_of(wish, image.size))


def _erased(wish: Wish) -> Image.Image:
    image = wish.image()
    smooth = image.filter(ImageFilter.BoxBlur(max(image.size) // 4))
    return Image.composite(smooth, image, _mask_of(wish, image.size))


def _replaced(wish: Wish) -> Image.Image:
    """Whatever is searched for is found in the middle."""
    image = wish.image()
    return Image.composite(canvas(*image.size, wish.seed), image, _middle(image.size))


def _extended(wish: Wish) -> Image.Image:
    image, sides = wish.image(), wish.fields
    left, right, up, down = (sides.get(name, 0) for name in ("left", "right", "up", "down"))
    whole = canvas(image.width + left + right, image.height + up + down, wish.seed)
    whole.paste(image, (left, up))
    return whole


def _cut_out(wish: Wish) -> Image.Image:
    """The middle stays, all around it becomes transparent."""
    image = wish.image()
    image.putalpha(_middle(image.size))
    return image


def _enlarged(wish: Wish) -> Image.Image:
    image = wish.image()
    return image.resize((image.width * LARGER, image.height * LARGER), Image.Resampling.LANCZOS)


def _enlarged_to(wish: Wish, area: int) -> Image.Image:
    image = wish.image()
    return image.resize(_of_area(image.size, area), Image.Resampling.LANCZOS)


_MAKERS: Mapping[str, Callable[[Wish], Image.Image]] = {
    "sd3": _redrawn,
    "ultra": _redrawn_in_shape,
    "structure": _controlled,
    "sketch": _controlled,
    "style": _in_style,
    "style-transfer": _restyled,
    "inpaint": _filled,
    "erase": _erased,
    "search-and-replace": _replaced,
    "outpaint": _extended,
    "remove-background": _cut_out,
    "fast": _enlarged,
    "conservative": lambda wish: _enlarged_to(wish, FOUR_MEGAPIXELS),
    "creative": lambda wish: _enlarged_to(wish, wish.largest),
}


def engine_made(image: Image.Image, mask: Image.Image | None, fields: Mapping[str, Any], seed: int) -> Image.Image:
    """What an engine of v1 makes of a picture: all of it changed, or where a mask says so."""
    if mask is None:
        # The other way round than `strength`: how much of the picture stays.
        return _changed(image, image.size, 1 - fields.get("image_strength", 0.35), seed)
    shades = mask.convert("L")
    if fields["mask_source"] == "MASK_IMAGE_BLACK":
        shades = ImageChops.invert(shades)
    return Image.composite(canvas(*image.size, seed), image, shades)


def _changed(image: Image.Image, size: tuple[int, int], strength: float, seed: int) -> Image.Image:
    return Image.blend(image.resize(size), canvas(*size, seed), strength)


def _mask_of(wish: Wish, size: tuple[int, int]) -> Image.Image:
    """White is changed; the mask is the file, else what the picture's alpha leaves out, and grows by some pixels."""
    upload = wish.form.files.get("mask")
    mask = upload.image().convert("L") if upload else ImageChops.invert(_alpha_of(wish))
    grown = wish.fields.get("grow_mask", _GROWN[wish.service])
    return mask.resize(size).filter(ImageFilter.MaxFilter(2 * grown + 1)) if grown else mask.resize(size)


def _alpha_of(wish: Wish) -> Image.Image:
    return wish.form.files["image"].image().convert("RGBA").getchannel("A")


def _middle(size: tuple[int, int]) -> Image.Image:
    """White within the ellipse that covers the middle half of a picture."""
    mask = Image.new("L", size, 0)
    across, down = size
    ImageDraw.Draw(mask).ellipse((across // 4, down // 4, across - across // 4, down - down // 4), fill=255)
    return mask


def _one_colour(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image.resize((1, 1), Image.Resampling.BOX).resize(size)


def _of_area(size: tuple[int, int], area: int) -> tuple[int, int]:
    """A size of the same shape with about so many pixels, as the vendor rounds it."""
    scale = math.sqrt(area / (size[0] * size[1]))
    return max(16, round(size[0] * scale / 16) * 16), max(16, round(size[1] * scale / 16) * 16)
