"""docs/capabilities.md from the catalogue: `python -m tests.capabilities.document` writes it anew."""

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from providers.operations import Operation

if TYPE_CHECKING:
    from tests.capabilities.cells import Cell

PATH = Path(__file__).resolve().parents[2] / "docs/capabilities.md"
_HEAD = """# What each model does

Written by `python -m tests.capabilities.document` from the catalogue. Each cell stands for a test that asks the
engine's API for exactly this, with the vendor's server on the same machine: the request fits the vendor's
interface, the result is stored in the stated size and charged (`tests/capabilities`). How the operations are asked for:
[Working on pictures](editing.md).

| sign | the result has |
|---|---|
| own | one of the model's own sizes, brought to the size that is asked for |
| same | the size of the picture |
| margins | the size of the picture and its margins |
| 2× 4× … | so many times the size, made by the model; the engine resamples the rest of 2, 4 or 8 |
| engine | 2, 4 or 8 times the size, resampled by the engine alone |

After it: `i4` up to so many pictures, `m` a mask, `r` a style reference, `s` finds what to replace by `search`,
`~` strength, `p` makes do without a prompt. A model without a price is refused until it has one.
"""


def text(cells: "list[Cell]") -> str:
    """The whole page."""
    tables = [_table(list(own)) for _, own in groupby(cells, lambda cell: cell.provider)]
    return "\n".join([_HEAD, *(line for table in tables for line in table)])


def _table(own: "list[Cell]") -> Iterator[str]:
    operations = [operation for operation in Operation if any(cell.operation == operation for cell in own)]
    yield f"## {own[0].provider}\n"
    yield f"| model | {' | '.join(operations)} |"
    yield "|---|" + "---|" * len(operations)
    for model, of_model in groupby(own, lambda cell: cell.model):
        found = {cell.operation: _sign(cell) for cell in of_model}
        yield f"| `{model}` | {' | '.join(found.get(operation, '') for operation in operations)} |"
    yield ""


def _sign(cell: "Cell") -> str:
    return " ".join([_size_sign(cell.limits, cell.operation), *_marks(cell)])


def _size_sign(limits: dict[str, Any], operation: str) -> str:
    kind = limits["size"]["kind"]
    if kind == "factor":
        return " ".join(f"{factor}×" for factor in limits["size"]["values"])
    if kind == "same" and operation == Operation.UPSCALE:
        return "engine"
    return kind if kind in {"same", "margins"} else "own"


def _marks(cell: "Cell") -> Iterator[str]:
    images = int(cell.limits.get("inputs", {}).get("image", {}).get("maximum", 0))
    if images > 1:
        yield f"i{images}"
    yield from (mark for mark, role in (("m", "mask"), ("r", "style")) if cell.takes(role))
    yield from (mark for mark, name in (("s", "search"), ("~", "strength")) if cell.limits.get(name))
    if cell.operation != Operation.TEXT_TO_IMAGE and cell.limits.get("prompt", "required") != "required":
        yield "p"


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.capabilities.cells import cells

    PATH.write_text(text(cells()))


if __name__ == "__main__":
    main()
