"""A picture continued beyond its edges, itself untouched."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from providers.sim.composition import find_horizon, palettes_by_nearness
from providers.sim.filling import enlarged, filled
from providers.sim.landscape import Floats
from providers.sim.paintings import Painting
from providers.sim.palettes import asked_palette
from providers.sim.scenes import mark, painted

# Differences of light are smooth: they are looked at in a picture this large.
_COARSE_SIDE = 192
# How far from its edge the picture is mirrored outwards before the new scene takes over, as a share of its shorter
# side. Land and water may mirror sideways; trees and clouds upside down are seen at once.
_ASIDE, _UP, _DOWN = 0.22, 0.03, 0.05
_LIGHT_ABOVE_HORIZON = 0.05
_HIGHEST_HORIZON, _LOWEST_HORIZON = 0.15, 0.9


def outpainted(painting: Painting) -> Image.Image:
    """outpaint: a scene in the picture's mood around it, its horizon and light carried on."""
    image = painting.images[0]
    inner = image.convert("RGB")
    scene = _continued(painting, inner)
    mark(scene)
    scene.paste(inner, (painting.left, painting.up))
    if image.mode == "RGBA":
        scene.putalpha(255)
        scene.paste(image, (painting.left, painting.up))
    return scene


def _continued(painting: Painting, inner: Image.Image) -> Image.Image:
    """The whole scene; where the picture will lie, and near it, it is the picture's own."""
    width, height = painting.size
    place = (painting.left, painting.up)
    horizon = find_horizon(inner)
    middle = (painting.left + inner.width / 2) / width, (painting.up + inner.height / 2) / height
    if horizon is not None:
        horizon = min(max((painting.up + horizon * inner.height) / height, _HIGHEST_HORIZON), _LOWEST_HORIZON)
        middle = middle[0], horizon - _LIGHT_ABOVE_HORIZON
    scene = painted(
        painting.prompt,
        painting.seed,
        painting.size,
        palette=asked_palette(painting.prompt) or palettes_by_nearness(inner)[0],
        horizon=horizon,
        # Behind the picture, so that there are no two suns or moons.
        light=middle,
    )
    scene = _toned(scene, inner, place)
    rows, row_distance = _mirrored(inner.height, painting.up, height, (_UP, _DOWN))
    columns, column_distance = _mirrored(inner.width, painting.left, width, (_ASIDE, _ASIDE))
    unit = max(1, min(inner.size))
    nearness = 1 - np.hypot(column_distance[None, :], row_distance[:, None]) / np.float32(unit)
    nearness = nearness.clip(0, 1, dtype=np.float32)
    share = Image.fromarray((nearness * nearness * (3 - 2 * nearness) * 255).astype(np.uint8))
    scene.paste(Image.fromarray(np.asarray(inner)[rows][:, columns]), (0, 0), share)
    return scene


def _toned(scene: Image.Image, inner: Image.Image, place: tuple[int, int]) -> Image.Image:
    """The scene with its light drawn towards the picture's: all of the difference at the edge, smooth beyond it."""
    share = min(1.0, _COARSE_SIDE / max(scene.size))
    size = max(1, round(scene.width * share)), max(1, round(scene.height * share))
    covered = scene.copy()
    covered.paste(inner, place)
    difference = _coarse(covered, size) - _coarse(scene, size)
    known = np.zeros((size[1], size[0]), np.float32)
    left, up = (int(value * share) for value in place)
    right, down = (int((offset + side) * share) for offset, side in zip(place, inner.size, strict=True))
    known[up : max(down, up + 1), left : max(right, left + 1)] = 1
    missing = filled(difference, known)
    bands = []
    for number, band in enumerate(scene.split()):
        lit = np.asarray(band, np.float32) + enlarged(missing[..., number : number + 1], scene.size)[..., 0]
        bands.append(Image.fromarray(lit.clip(0, 255).astype(np.uint8)))
    return Image.merge("RGB", bands)


def _coarse(image: Image.Image, size: tuple[int, int]) -> Floats:
    return np.asarray(image.resize(size, Image.Resampling.BOX), np.float32)


def _mirrored(side: int, offset: int, length: int, reach: tuple[float, float]) -> tuple[NDArray[np.intp], Floats]:
    """For each pixel of a longer line: the pixel of the side it mirrors, and how far outside it is, 1 being too far."""
    places = np.arange(length) - offset
    beyond = np.where(places < 0, -places, np.maximum(places - (side - 1), 0))
    scale = np.where(places < 0, reach[0], reach[1])
    mirrored = np.where(places < 0, -places, np.where(places >= side, 2 * side - 2 - places, places))
    return mirrored.clip(0, side - 1), (beyond / scale).astype(np.float32)
