"""What a receipt tells of hooks: that they were asked, and what came of it; never what they said."""

from typing import Any

from gencraft_media.generation.hooks.asking import Note


def tell(receipt: dict[str, Any], note: Note | None) -> None:
    """Put the note into the receipt: under `hook` the first, under `hooks` all where there are several."""
    if note is None:
        return
    first = receipt.setdefault("hook", note.as_json())
    if first["name"] != note.name:
        receipt["hooks"] = [first, note.as_json()]
