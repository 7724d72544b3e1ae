"""A model's limits in words, for people who look at them."""

from collections.abc import Iterator, Mapping
from typing import Any


def readable_limits(limits: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What it takes, by name; operations that differ follow with their own."""
    rows = list(_of(limits))
    for operation, own in limits.get("operations", {}).items():
        told = "; ".join(f"{name.lower()}: {value}" for name, value in _of(own))
        if told:
            rows.append((operation, told))
    return rows


def _of(limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "size" in limits:
        yield "Sizes", _size(limits["size"])
    if limits.get("default_size"):
        yield "Usual size", str(limits["default_size"]).replace("x", " × ")
    if "outputs_per_call" in limits:
        yield "Outputs a call", str(limits["outputs_per_call"])
    if limits.get("qualities"):
        yield "Qualities", ", ".join(_pair(name, own) for name, own in limits["qualities"].items())
    for name, label in (("prompt_length", "Prompt"), ("negative_prompt_length", "Negative prompt")):
        if name in limits:
            yield label, f"up to {limits[name]:,} characters" if limits[name] else "none"
    if "seed" in limits:
        yield "Seed", f"{limits['seed']['minimum']} to {limits['seed']['maximum']}"
    if limits.get("options"):
        yield "Options", ", ".join(f"{name} ({_option(rule)})" for name, rule in limits["options"].items())
    if limits.get("inputs"):
        yield "Pictures", ", ".join(_input(role, rule) for role, rule in limits["inputs"].items())
    if limits.get("factor"):
        yield "Factor", ", ".join(str(factor) for factor in limits["factor"])


def _pair(name: str, own: str) -> str:
    return name if name == own else f"{name} (its {own})"


def _size(rule: Mapping[str, Any]) -> str:
    match rule.get("kind"):
        case "list":
            return ", ".join(value.replace("x", " × ") for value in rule["values"])
        case "free":
            return f"{rule['minimum_side']} to {rule['maximum_side']} pixels a side, in steps of {rule['multiple']}"
        case "same":
            return "that of the picture"
        case _:
            return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in rule.items())


def _option(rule: Mapping[str, Any]) -> str:
    if "values" in rule:
        return " · ".join(str(value) for value in rule["values"])
    if "minimum" in rule:
        return f"{rule['minimum']} to {rule['maximum']}"
    return str(rule.get("kind", ""))


def _input(role: str, rule: Mapping[str, Any]) -> str:
    least, most = rule.get("minimum", 0), rule.get("maximum", 1)
    return f"{role} {least}" if least == most else f"{role} {least} to {most}"
