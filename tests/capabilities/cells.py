"""Which cells the table of capabilities has, and what is asked of each: from the catalogue file, nothing else."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from providers.catalogue import CATALOGUE_FILE, entries_of
from providers.operations import Operation, limits_for

# The pictures that are worked on have this size, except where a model takes no picture so small or so large.
SIDE = 512
# What the table is made for: retired models run as their successors, which have rows of their own.
TODAY = date(2026, 11, 22)
# The other models of sim are sim/standard with a fault each (docs/providers.md).
_OF_SIM = {"sim/standard", "sim/priced", "sim/slow", "sim/synchronous"}


@dataclass(frozen=True)
class Cell:
    """One model doing one operation."""

    provider: str
    model: str
    operation: str
    limits: "dict[str, Any]"

    def __str__(self) -> str:
        return f"{self.provider}-{self.model}-{self.operation}"

    @property
    def side(self) -> int:
        """Of the square picture that is worked on, in pixels."""
        rules = self.limits.get("inputs", {}).get("image", {})
        least = max(int(rules.get("minimum_side", 0)), int(rules.get("minimum_pixels", 0) ** 0.5) + 1)
        return max(min(SIDE, int(rules.get("maximum_side", SIDE))), least)

    @property
    def wishes(self) -> dict[str, Any]:
        """The fields that the operation needs, the pictures aside."""
        fields: dict[str, Any] = {}
        if self.limits.get("prompt", "required") != "none":
            fields["prompt"] = "A red door"
        if self.operation == Operation.OUTPAINT:
            fields |= {"left": 128, "down": 64}
        if self.operation == Operation.UPSCALE:
            fields["factor"] = 4
        if self.limits.get("strength"):
            fields["strength"] = 0.5
        if self.limits.get("search") and not self.takes("mask"):
            fields["search"] = "door"
        return fields

    def takes(self, role: str) -> bool:
        """Whether the operation may be given such a picture."""
        return int(self.limits.get("inputs", {}).get(role, {"maximum": 0}).get("maximum", 1)) > 0

    @property
    def size(self) -> tuple[int, int] | None:
        """What is delivered for a picture of `side` where that follows from it, None where the model has its sizes."""
        match self.limits["size"]["kind"]:
            case "margins":
                return self.side + 128, self.side + 64
            case "same" if self.operation != Operation.UPSCALE:
                return self.side, self.side
            case "factor" | "same":
                return 4 * self.side, 4 * self.side
        return None


def cells() -> list[Cell]:
    """Every cell, in the order of the catalogue."""
    document = json.loads(CATALOGUE_FILE.read_text())
    found = []
    for provider, entry in entries_of(document).items():
        for row in entry["models"].values():
            if _is_current(row) and (provider != "sim" or row["name"] in _OF_SIM):
                found += [
                    Cell(provider, row["name"], operation, limits_for(row["limits"], operation))
                    for operation in Operation
                    if operation in row["operations"]
                ]
    return found


def _is_current(row: dict[str, Any]) -> bool:
    retires = row.get("retires_at")
    return retires is None or date.fromisoformat(retires) > TODAY
