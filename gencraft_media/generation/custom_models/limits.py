"""The limits of a custom model: usual for its kind, and over them what the operator says."""

from collections.abc import Mapping, Sequence
from typing import Any

from gencraft_media.common.errors import FieldError, InvalidRequest
from providers.kind_limits import default_limits
from providers.sizes import size_fitting, written

_BOUNDS = ("minimum_side", "maximum_side", "multiple")


def limits_of(
    kind: str, wiring: Mapping[str, Any], operations: Sequence[str], said: Mapping[str, Any]
) -> dict[str, Any]:
    """The limits as a row has them (`providers.catalogue`). `said`: what `SaidLimits` reads; the rest is usual."""
    limits = default_limits(kind, operations, wiring, default_size=said.get("default_size", ""))
    limits |= {name: said[name] for name in ("prompt_length", "outputs_per_call") if name in said}
    if _draws_one_size(limits):
        return limits
    bounds = {name: said[name] for name in _BOUNDS if name in said}
    limits["size"] = {"kind": "list", "values": said["values"]} if "values" in said else {**limits["size"], **bounds}
    _check_rule(limits["size"])
    limits["default_size"] = written(size_fitting(limits["size"], *_sides(limits["default_size"])))
    return limits


def _check_rule(rule: Mapping[str, Any]) -> None:
    """Raises `InvalidRequest` where no size is left between what was said and what is usual."""
    if rule["kind"] == "list":
        return
    # The smallest side of the grid.
    least = -(-rule["minimum_side"] // rule["multiple"]) * rule["multiple"]
    if least > rule["maximum_side"] or least * least > rule["maximum_pixels"]:
        message = f"No size lies between {rule['minimum_side']} and {rule['maximum_side']} pixels a side."
        raise InvalidRequest(errors=[FieldError("limits.minimumSide", message)])


def said_of(limits: Mapping[str, Any]) -> dict[str, Any]:
    """What an operator said, out of the limits that were made of it."""
    if not limits:
        return {}
    said = {name: limits[name] for name in ("prompt_length", "outputs_per_call")}
    if _draws_one_size(limits):
        # What its workflow draws, which may be another one by now.
        return said
    rule = limits["size"]
    sizes = {"values": rule["values"]} if rule["kind"] == "list" else {name: rule[name] for name in _BOUNDS}
    return {**said, "default_size": limits["default_size"], **sizes}


def _draws_one_size(limits: Mapping[str, Any]) -> bool:
    """Whether a workflow has no place for a size."""
    return limits["size"]["kind"] == "list" and bool(limits["size"].get("measured"))


def _sides(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    return int(width), int(height)
