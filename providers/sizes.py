"""Sizes: the nearest one a model draws, of a list or on a grid within bounds, and the one a request was fitted to."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

# How many steps around the ideal are looked at; rounding alone may leave a bound on shape or area.
_GRID_REACH = 3
_BOUNDS = ("minimum_side", "maximum_side", "multiple", "minimum_pixels", "maximum_pixels", "maximum_ratio")


def size_fitting(limits: Mapping[str, Any], width: int, height: int) -> tuple[int, int]:
    """The wanted size if the model makes it, else the nearest one, shape before area."""
    if limits["kind"] == "list":
        return min((_sides(value) for value in limits["values"]), key=lambda size: _distance(size, (width, height)))
    return _on_grid_of(tuple((name, limits[name]) for name in _BOUNDS if name in limits), width, height)


@lru_cache(maxsize=4096)
def _on_grid_of(bounds: tuple[tuple[str, Any], ...], width: int, height: int) -> tuple[int, int]:
    """Many models have the same bounds, and the choice among them asks for each."""
    return _on_grid(dict(bounds), width, height)


def drawn_size(params: Mapping[str, Any]) -> tuple[int, int] | None:
    """The size that the provider draws for fitted `params`, in pixels; None where there is none."""
    return delivered_size(params.get("drawn", params))


def delivered_size(params: Mapping[str, Any]) -> tuple[int, int] | None:
    """The size that the client gets for fitted `params`, in pixels; None where there is none."""
    width, height = params.get("width"), params.get("height")
    return (width, height) if width and height else None


def written(size: tuple[int, int]) -> str:
    """A size as the catalogue and price lines write it."""
    return f"{size[0]}x{size[1]}"


def _sides(value: str) -> tuple[int, int]:
    width, height = value.split("x")
    return int(width), int(height)


def _distance(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float]:
    """How far two sizes are apart: first by shape, rounded so that equal shapes tie, then by area."""
    shape = abs(math.log(size[0] / size[1]) - math.log(wanted[0] / wanted[1]))
    area = abs(math.log(size[0] * size[1]) - math.log(wanted[0] * wanted[1]))
    return round(shape, 2), area


def _on_grid(limits: Mapping[str, Any], width: int, height: int) -> tuple[int, int]:
    if _is_allowed(limits, width, height):
        return width, height
    ideal = _ideal_sides(limits, max(width, height), min(width, height))
    long_sides, short_sides = (_grid_near(side, limits["multiple"]) for side in ideal)
    allowed = [
        (long_side, short_side)
        for long_side in long_sides
        for short_side in short_sides
        if short_side <= long_side and _is_allowed(limits, long_side, short_side)
    ]
    nearest = min(allowed, key=lambda size: math.dist(size, ideal))
    return nearest if width >= height else (nearest[1], nearest[0])


def _ideal_sides(limits: Mapping[str, Any], long_side: int, short_side: int) -> tuple[float, float]:
    """The wanted shape and area moved into their bounds, not yet on the grid."""
    least, most = limits["minimum_side"], limits["maximum_side"]
    shape = min(long_side / short_side, limits.get("maximum_ratio", most / least))
    area = min(max(long_side * short_side, limits.get("minimum_pixels", 0)), limits.get("maximum_pixels", most * most))
    bounded_long = min(max(math.sqrt(area * shape), least), most)
    return bounded_long, min(max(bounded_long / shape, least), most)


def _grid_near(side: float, step: int) -> list[int]:
    middle = round(side / step)
    return [count * step for count in range(max(1, middle - _GRID_REACH), middle + _GRID_REACH + 1)]


def _is_allowed(limits: Mapping[str, Any], width: int, height: int) -> bool:
    short_side, long_side = sorted((width, height))
    pixels = width * height
    return bool(
        limits["minimum_side"] <= short_side
        and long_side <= limits["maximum_side"]
        and width % limits["multiple"] == 0
        and height % limits["multiple"] == 0
        and limits.get("minimum_pixels", 0) <= pixels <= limits.get("maximum_pixels", pixels)
        and long_side / short_side <= limits.get("maximum_ratio", math.inf)
    )
