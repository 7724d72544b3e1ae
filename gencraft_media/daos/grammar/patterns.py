"""Sentence patterns: "(set|change) [default] quality to <quality>" as something that can be matched with words.

`(a|b)` one of them, `[a]` with or without, `<slot>` or `<slot:name>` a value, everything else a word.
"""

import functools
import re
from dataclasses import dataclass

_PART = re.compile(r"\s*(<[a-z_]+(?::[a-z_]+)?>|[()\[\]|]|[^\s()\[\]|<>]+)")


@dataclass(frozen=True)
class Word:
    """Exactly this word."""

    word: str


@dataclass(frozen=True)
class Slot:
    """A value of a kind, kept under a name."""

    kind: str
    name: str


@dataclass(frozen=True)
class Sequence:
    """One after another."""

    parts: "tuple[Pattern, ...]"
    # The words of which one must be first; None: it may begin with any, or be left out.
    first: frozenset[str] | None = None


@dataclass(frozen=True)
class Choice:
    """One of them; an empty sequence among them makes it optional."""

    options: "tuple[Pattern, ...]"
    first: frozenset[str] | None = None


Pattern = Word | Slot | Sequence | Choice


@functools.cache
def pattern(text: str) -> Pattern:
    """The pattern a text describes. Raises ValueError for an unbalanced one: a mistake of the programmer."""
    parts = _PART.findall(text)
    found, end = _choice(parts, 0)
    if end != len(parts):
        raise ValueError(f"unbalanced pattern: {text}")
    return found


def words_in(part: Pattern) -> frozenset[str]:
    """Every word that a pattern has."""
    if isinstance(part, Word):
        return frozenset({part.word})
    if isinstance(part, Slot):
        return frozenset()
    inner = part.parts if isinstance(part, Sequence) else part.options
    return frozenset().union(*(words_in(each) for each in inner))


def _choice(parts: list[str], at: int) -> tuple[Pattern, int]:
    options: list[Pattern] = []
    while True:
        option, at = _sequence(parts, at)
        options.append(option)
        if at >= len(parts) or parts[at] != "|":
            return (options[0] if len(options) == 1 else _one_of(*options)), at
        at += 1


def _sequence(parts: list[str], at: int) -> tuple[Pattern, int]:
    found: list[Pattern] = []
    while at < len(parts) and parts[at] not in "|)]":
        part, at = _part(parts, at)
        found.append(part)
    # What begins with something that may be left out may begin with anything, as far as this looks.
    return Sequence(tuple(found), _first(found[0]) if found else None), at


def _part(parts: list[str], at: int) -> tuple[Pattern, int]:
    text = parts[at]
    if text in "([":
        inner, end = _choice(parts, at + 1)
        if end >= len(parts) or parts[end] != {"(": ")", "[": "]"}[text]:
            raise ValueError(f"unbalanced pattern: {' '.join(parts)}")
        return (inner if text == "(" else _one_of(inner, Sequence(()))), end + 1
    if text.startswith("<"):
        kind, _, name = text.strip("<>").partition(":")
        return Slot(kind, name or kind), at + 1
    return Word(text), at + 1


def _one_of(*options: Pattern) -> Choice:
    firsts = [_first(option) for option in options]
    known = [first for first in firsts if first is not None]
    return Choice(options, frozenset().union(*known) if len(known) == len(firsts) else None)


def _first(part: Pattern) -> frozenset[str] | None:
    if isinstance(part, Word):
        return frozenset({part.word})
    return None if isinstance(part, Slot) else part.first
