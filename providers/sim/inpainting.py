"""A part of a picture painted anew, every other pixel left as it is."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from providers.sim.composition import find_horizon, find_likeness
from providers.sim.filling import enlarged, filled
from providers.sim.landscape import Floats
from providers.sim.paintings import Painting
from providers.sim.scenes import painted

# The soft edge of a part, inside of it, as a share of the picture's shorter side.
_EDGE = 0.006
# More than this between two places is another thing, not another light.
_LARGEST_CORRECTION = 24.0
_SALIENT_SIDE, _COARSE_SIDE = 64, 256
# Where things are that may be searched for; others are looked for around the middle.
_ABOVE = {"sky", "sun", "moon", "cloud", "clouds", "star", "stars", "bird", "birds", "light"}
_BELOW = {"water", "lake", "sea", "river", "reflection", "ground", "grass", "floor", "boat", "trees", "tree"}
# A part that is looked for covers about so much of width and height.
_FOUND_WIDTH, _FOUND_HEIGHT = 0.34, 0.3


def inpainted(painting: Painting) -> Image.Image:
    """inpaint: what the mask has white becomes the prompt's scene, or without a prompt what is around it."""
    image = painting.image
    wanted = _wanted_part(painting)
    if wanted.getbbox() is None:
        return painting.images[0]
    if painting.prompt.strip():
        content = painted(painting.prompt, painting.seed, painting.size, horizon=find_horizon(image))
    else:
        content = _erased(image, wanted)
    result = Image.composite(content, image, _soft(wanted))
    if painting.alpha is not None:
        result.putalpha(ImageChops.lighter(painting.alpha, wanted))
    return result


def _wanted_part(painting: Painting) -> Image.Image:
    """The mask, or a plausible part where there is none."""
    if painting.mask is not None:
        return ImageOps.fit(painting.mask.convert("L"), painting.size, Image.Resampling.NEAREST)
    return _found_part(painting)


def _soft(wanted: Image.Image) -> Image.Image:
    """The part with its edge blurred inwards: nothing outside of it is touched."""
    radius = min(wanted.size) * _EDGE
    return ImageChops.darker(wanted, wanted.filter(ImageFilter.GaussianBlur(radius)))


def _erased(image: Image.Image, wanted: Image.Image) -> Image.Image:
    """What is around the part, continued into it: another place of the picture in the light of this one."""
    place = find_likeness(image, wanted)
    elsewhere = Image.new("RGB", image.size) if place is None else ImageChops.offset(image, *place)
    share = min(1.0, _COARSE_SIDE / max(image.size))
    size = max(1, round(image.width * share)), max(1, round(image.height * share))
    known = 1 - np.asarray(wanted.resize(size, Image.Resampling.BOX), np.float32).clip(0, 1)
    there, here = (np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32) for picture in (elsewhere, image))
    difference = here - there
    if place is not None:
        difference = difference.clip(-_LARGEST_CORRECTION, _LARGEST_CORRECTION)
    healed = np.asarray(elsewhere, np.float32) + enlarged(filled(difference, known), image.size)
    return Image.fromarray(healed.clip(0, 255).astype(np.uint8))


def _found_part(painting: Painting) -> Image.Image:
    """Where the searched thing is taken to be: around what stands out most where such things are."""
    width, height = painting.size
    words = set(painting.search.lower().split())
    across, down = _most_salient(painting.image, -0.5 if words & _ABOVE else 0.5 if words & _BELOW else 0.0)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    from_middle: Floats = np.hypot((x / width - across) / (_FOUND_WIDTH / 2), (y / height - down) / (_FOUND_HEIGHT / 2))
    return Image.fromarray(((1.15 - from_middle) / 0.3 * 255).clip(0, 255).astype(np.uint8))


def _most_salient(image: Image.Image, expected: float) -> tuple[float, float]:
    """What differs most from the colours around it, near the expected height (-1 top, 1 bottom) rather than far off."""
    small = image.resize((_SALIENT_SIDE, _SALIENT_SIDE), Image.Resampling.BOX)
    around = small.filter(ImageFilter.GaussianBlur(_SALIENT_SIDE / 5))
    difference = np.abs(np.asarray(small, np.float32) - np.asarray(around, np.float32)).sum(axis=2)
    place = np.linspace(-1, 1, _SALIENT_SIDE, dtype=np.float32)
    central = np.exp(-(place[None, :] ** 2 + ((place - expected) * 1.5)[:, None] ** 2) * math.pi / 2)
    row, column = np.unravel_index(int((difference * central).argmax()), difference.shape)
    return float(column + 0.5) / _SALIENT_SIDE, float(row + 0.5) / _SALIENT_SIDE
