"""Writes the table of docs/fallback.md from the policy itself: `python -m tests.generation.fallback.document`."""

from pathlib import Path

from gencraft_media.generation.fallback_policy import TROUBLES, Action, Policy, Trouble

PATH = Path(__file__).resolve().parent.parent.parent.parent / "docs/fallback.md"
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
_HEADS = {
    Policy.ALONE: "The model was named, or no fallback",
    Policy.FALLBACK: "Fallback",
    Policy.AFTER_MODERATION: "Fallback, after moderation too",
}


def table() -> str:
    """One line for each kind of trouble, one column for each policy."""
    heads = ["Trouble", "What happened", "Errors", *_HEADS.values()]
    rows = [heads, ["---"] * len(heads), *(_cells(trouble) for trouble in TROUBLES)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def document() -> str:
    """The page with its table as it is now."""
    before, _, rest = PATH.read_text(encoding="utf-8").partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


def _cells(trouble: Trouble) -> list[str]:
    errors = ", ".join(f"`{error.__name__}`" for error in trouble.errors)
    return [trouble.name, trouble.happened, errors, *(_told(trouble.actions(policy)) for policy in _HEADS)]


def _told(actions: tuple[Action, ...]) -> str:
    return ", else ".join(actions)


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
