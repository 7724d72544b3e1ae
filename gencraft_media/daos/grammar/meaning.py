"""What a sentence is read as, and its refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gencraft_media.common.errors import GenCraftError


@dataclass(frozen=True)
class AskedAction:
    """One runtime action by name, with its parameters as JSON has them."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadSentence:
    """What was asked for. `holds_for_s`: for so many seconds; None: until somebody undoes it.

    `notes` say how words were taken that could have been meant otherwise ("premium" is the plan pro).
    """

    actions: tuple[AskedAction, ...]
    holds_for_s: int | None = None
    notes: tuple[str, ...] = ()


class SentenceRefused(GenCraftError):
    """The sentence is not fully understood, so nothing of it is done."""

    code = "sentence_not_understood"
    http_status = 422

    def __init__(self, reason: str, *, words: Sequence[str] = (), nearest: Sequence[str] = ()) -> None:
        """`words`: those that were not understood; `nearest`: up to three sentences that are."""
        super().__init__(reason, words=list(words), nearest=list(nearest)[:3])

    @property
    def words(self) -> list[str]:
        """What was not understood, as it was written."""
        return list(self.extra["words"])

    @property
    def nearest(self) -> list[str]:
        """Sentences that are understood, the most similar first."""
        return list(self.extra["nearest"])
