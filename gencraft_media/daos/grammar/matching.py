"""Matching patterns with the words of a sentence: every way there is, so that a second meaning is never overlooked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gencraft_media.daos.grammar.names import Names
from gencraft_media.daos.grammar.patterns import Choice, Pattern, Sequence, Slot, Word
from gencraft_media.daos.grammar.words import FILLERS, Token

# The values of slots so far, in the order of the words.
Bound = tuple[tuple[str, Any], ...]
# Where a value ends, and the value: any number of readings of the words from a place on.
Found = Iterator[tuple[int, Any]]


@dataclass
class Text:
    """The words of one sentence, the names that they may be, the time, and how far any reading came."""

    tokens: tuple[Token, ...]
    names: Names
    now: datetime
    reached: int = 0
    # Readings that fit word by word and whose values cannot be: (where they ended, why).
    objections: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    _values: "dict[tuple[Matcher, int], list[tuple[int, Any]]]" = field(default_factory=dict)

    def word(self, at: int) -> str:
        """The word at a place, empty behind the last and for a quoted one: that can only be a name."""
        if at < len(self.tokens):
            self.reached = max(self.reached, at)
            return "" if self.tokens[at].quoted else self.tokens[at].word
        self.reached = max(self.reached, len(self.tokens))
        return ""

    def values(self, matcher: "Matcher", at: int) -> list[tuple[int, Any]]:
        """What a slot can be from a place on; many patterns ask."""
        known = self._values.get((matcher, at))
        if known is None:
            known = self._values[matcher, at] = list(matcher(self, at))
        return known

    def said(self, start: int, end: int) -> str:
        """Some words as they were written."""
        return " ".join(token.text.strip() for token in self.tokens[start:end] if token.word != "'s")

    def starts(self, at: int) -> Iterator[int]:
        """Where the next word may begin: here, or behind words that say nothing."""
        yield at
        while self.word(at) in FILLERS:
            at += 1
            yield at


Matcher = Callable[[Text, int], Found]


def matches(
    part: Pattern, text: Text, at: int, slots: Mapping[str, Matcher], bound: Bound = ()
) -> Iterator[tuple[int, Bound]]:
    """Every way in which a pattern fits the words from `at` on: where it ends, and its values."""
    if _cannot_begin(part, text, at):
        return
    if isinstance(part, Word):
        yield from ((start + 1, bound) for start in text.starts(at) if text.word(start) == part.word)
    elif isinstance(part, Slot):
        for start in text.starts(at):
            for end, value in text.values(slots[part.kind], start):
                yield end, (*bound, (part.name, value))
    elif isinstance(part, Choice):
        for option in part.options:
            yield from matches(option, text, at, slots, bound)
    else:
        yield from _in_sequence(part, 0, text, at, slots, bound)


def _cannot_begin(part: Pattern, text: Text, at: int) -> bool:
    """Whether the next word alone shows that a pattern does not fit; most never have to be looked at."""
    first = None if isinstance(part, Slot | Word) else part.first
    return first is not None and not any(text.word(start) in first for start in text.starts(at))


def _in_sequence(
    part: Sequence, number: int, text: Text, at: int, slots: Mapping[str, Matcher], bound: Bound
) -> Iterator[tuple[int, Bound]]:
    if number == len(part.parts):
        yield at, bound
        return
    for end, more in matches(part.parts[number], text, at, slots, bound):
        yield from _in_sequence(part, number + 1, text, end, slots, more)
