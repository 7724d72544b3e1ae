"""What is different between two records of values, for people to read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NOT_THERE = object()


@dataclass(frozen=True)
class Difference:
    """One value that is not what it was; a value inside another is named with a dot. Texts, empty where none was."""

    name: str
    before: str
    after: str


def changes_of(before: Any, after: Any) -> list[Difference]:
    """Everything that differs, by name. What only one side has was added or taken away."""
    old, new = dict(_leaves("", before)), dict(_leaves("", after))
    names = sorted(name for name in {*old, *new} if old.get(name, _NOT_THERE) != new.get(name, _NOT_THERE))
    return [Difference(name, _text(old.get(name, _NOT_THERE)), _text(new.get(name, _NOT_THERE))) for name in names]


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for inner, under in value.items():
            yield from _leaves(f"{name}.{inner}" if name else inner, under)
    elif name:
        yield name, value


def _text(value: Any) -> str:
    if value is _NOT_THERE:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
