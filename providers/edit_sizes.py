"""Sizes of a picture that is changed: as it is sent to the model, as the model draws it, and as the client gets it."""

import math
from collections.abc import Mapping
from typing import Any

from providers.types import Margins

Size = tuple[int, int]


def size_sent(rules: Mapping[str, Any], size: Size) -> Size:
    """The size in which a model is sent a picture: its own, or the nearest of its shape within the model's bounds."""
    area, longest, shortest = size[0] * size[1], max(size), min(size)
    smaller = min(
        1.0, rules.get("maximum_side", longest) / longest, math.sqrt(rules.get("maximum_pixels", area) / area)
    )
    if smaller < 1:
        return shrunk(size, smaller)
    larger = max(
        1.0, rules.get("minimum_side", shortest) / shortest, math.sqrt(rules.get("minimum_pixels", area) / area)
    )
    return (math.ceil(size[0] * larger), math.ceil(size[1] * larger)) if larger > 1 else size


def shrunk(size: Size, scale: float) -> Size:
    """The size times `scale`, at most 1, rounded down so that no bound is passed."""
    return max(1, math.floor(size[0] * scale)), max(1, math.floor(size[1] * scale))


def enlarged(size: Size, factor: int) -> Size:
    """The size with each side `factor` times as long."""
    return size[0] * factor, size[1] * factor


def extended(size: Size, margins: Margins) -> Size:
    """The size with the margins around it."""
    return size[0] + margins.left + margins.right, size[1] + margins.up + margins.down


def margins_to(size: Size, target: Size) -> Margins:
    """The margins that bring a picture to a larger size, the picture in the middle."""
    across, down = target[0] - size[0], target[1] - size[1]
    return Margins(left=across // 2, right=across - across // 2, up=down // 2, down=down - down // 2)


def scaled_margins(margins: Margins, size: Size, sent: Size) -> Margins:
    """Margins of a picture of `size` as they are around the same picture sent in another one."""
    across, down = sent[0] / size[0], sent[1] / size[1]
    return Margins(
        left=round(margins.left * across),
        right=round(margins.right * across),
        up=round(margins.up * down),
        down=round(margins.down * down),
    )


def scale_for_margins(limits: Mapping[str, Any], size: Size, margins: Margins) -> float:
    """How much smaller a picture is sent so that its margins and the whole stay within the model's bounds."""
    longest = max(margins.left, margins.right, margins.up, margins.down)
    width, height = extended(size, margins)
    most = limits.get("maximum", longest) / longest
    return min(1.0, float(most), math.sqrt(limits.get("maximum_pixels", width * height) / (width * height)))


def in_shape_of(image: Size, *, width: int | None, height: int | None) -> Size:
    """The size that is asked for; one side alone keeps the picture's shape."""
    across = width or max(1, round((height or 1) * image[0] / image[1]))
    return across, height or max(1, round(across * image[1] / image[0]))


def with_area_of(shape: Size, default: Size) -> Size:
    """The shape of one size with about the area of another, and no larger than it was."""
    scale = min(1.0, math.sqrt(default[0] * default[1] / (shape[0] * shape[1])))
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
