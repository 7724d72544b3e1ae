"""A picture painted anew: in the light of a prompt, in the colours of another picture, or as a variation of itself."""

import numpy as np
from PIL import Image, ImageFilter

from providers.sim.colours import matched
from providers.sim.composition import palettes_by_nearness
from providers.sim.paintings import Painting
from providers.sim.palettes import Palette, asked_palette
from providers.sim.scenes import mark, painted

_USUAL_STRENGTH = 0.5
# The share of the brightest pixels that are light, whatever colours the rest gets.
_LIGHT_SHARE = 0.985
# Between what is light and what is the lightest, 0-255; less is no light but a bright surface.
_LEAST_RISE = 30.0
_SMALL = (192, 192)


def repainted(painting: Painting) -> Image.Image:
    """image-to-image: up to half strength the picture takes on the prompt's light, beyond it gives way to its scene."""
    scene = painted(painting.prompt, painting.seed, painting.size)
    if painting.style is not None:
        scene = matched(scene, painting.style)
    for further in painting.images[1:]:
        scene = matched(scene, further.convert("RGB"), share=0.5)
    return _between(painting, scene)


def varied(painting: Painting) -> Image.Image:
    """variation: the same composition in the colours that the seed chooses, or the prompt where it names some."""
    palette = _other_palette(painting)
    scene = painted(painting.prompt, painting.seed, painting.size, palette=palette)
    image = _between(painting, scene)
    if painting.alpha is not None:
        image.putalpha(painting.alpha)
    return image


def _between(painting: Painting, scene: Image.Image) -> Image.Image:
    """The picture at strength 0, the picture in the scene's light at 0.5, the scene at 1."""
    strength = _USUAL_STRENGTH if painting.strength is None else painting.strength
    image = painting.image
    lit = _lit_as(image, scene)
    towards = Image.blend(image, lit, strength * 2) if strength <= 0.5 else Image.blend(lit, scene, strength * 2 - 1)
    if strength > 0:
        mark(towards)
    return towards


def _lit_as(image: Image.Image, scene: Image.Image) -> Image.Image:
    """The picture in the scene's colours; suns, moons and lamps stay light."""
    lit = matched(image, scene)
    grey = image.convert("L")
    ordered = np.sort(np.asarray(grey.resize(_SMALL)), axis=None)
    low, high = float(ordered[int(len(ordered) * _LIGHT_SHARE)]), float(ordered[-1])
    steepness = 255 / max(high - low, _LEAST_RISE)
    lights = grey.point([round(min(max((value - low) * steepness, 0), 255)) for value in range(256)])
    small = scene.resize(_SMALL)
    brightest = np.asarray(small).reshape(-1, 3)[np.asarray(small.convert("L")).argmax()]
    # Without its grain, which would show as specks in what is lit.
    lights = lights.filter(ImageFilter.GaussianBlur(max(image.size) / 700))
    lit.paste(tuple(int(value) for value in (brightest + 255.0) / 2), (0, 0), lights)
    return lit


def _other_palette(painting: Painting) -> Palette:
    """A palette that is not the picture's own, so that a variation can be told from it."""
    nearest, *others = palettes_by_nearness(painting.image)
    asked = asked_palette(painting.prompt)
    return asked if asked is not None and asked is not nearest else others[painting.seed % len(others)]
