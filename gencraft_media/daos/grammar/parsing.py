"""A whole sentence: parts joined by "and", commas and full stops, each a phrase with for whom and until when."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gencraft_media.daos.grammar.matching import Bound, Text, matches
from gencraft_media.daos.grammar.patterns import Pattern, pattern
from gencraft_media.daos.grammar.phrasing import SETTING, Phrase
from gencraft_media.daos.grammar.scopes import Audience, for_whom
from gencraft_media.daos.grammar.times import moment, span
from gencraft_media.daos.grammar.vocabulary import SLOTS
from gencraft_media.daos.grammar.words import FILLERS

MOST_PARTS = 10
_POLITE = pattern("[(can|could|would|will) you|(i|we) (want|would like|need) (to|you to)|let us] [also]")
_AT_ONCE = pattern("immediately|right away|right now|at once|from now on|until further notice")
_HOLD = pattern("for [next] <span>|(until|till) <moment>")
_JOINED = pattern("[,] and [then|also]|[,] then|, [also]")
_STOPPED = pattern("(;|.|!) [.] [.] [and|then|also]|[,] and also")
_THANKS = pattern("[,] (thanks|thank you)")
_HOLD_SLOTS = {"span": span, "moment": moment}


@dataclass(frozen=True)
class Hold:
    """How long something is to hold. `note`: how that was taken."""

    seconds: int
    note: str = ""


@dataclass(frozen=True)
class Tail:
    """What stands around the words of a part: for whom, and how long."""

    audience: Audience | None = None
    hold: Hold | None = None


@dataclass(frozen=True)
class Part:
    """One phrase of a sentence with its values, and what stands behind it."""

    phrase: Phrase
    values: Bound
    tail: Tail
    start: int
    end: int


@dataclass(frozen=True)
class Group:
    """Parts that are joined, and what was said before them for all of them."""

    lead: Tail
    parts: tuple[Part, ...]


@dataclass
class Parser:
    """Every reading of a text as a sentence of the language."""

    text: Text
    phrases: tuple[Phrase, ...]
    _parts: dict[tuple[int, bool], list[Part]] = field(default_factory=dict)

    def sentences(self) -> Iterator[tuple[Group, ...]]:
        """Every reading in which every word has its place."""
        begin = {at for at, _ in matches(_POLITE, self.text, 0, {})}
        for at in sorted(begin):
            yield from self._groups(at, (), is_question=at > 0)

    def _groups(self, at: int, before: tuple[Group, ...], *, is_question: bool) -> Iterator[tuple[Group, ...]]:
        for lead_end, lead in self._lead(at):
            for end, parts in self._joined(lead_end, ()):
                groups = (*before, Group(lead, parts))
                if self._is_end(end, is_question=is_question):
                    yield groups
                if sum(len(group.parts) for group in groups) < MOST_PARTS:
                    for further, _ in matches(_STOPPED, self.text, end, {}):
                        yield from self._groups(further, groups, is_question=is_question)

    def _lead(self, at: int) -> Iterator[tuple[int, Tail]]:
        """Nothing, or "For premium users, until Friday:" before the first part."""
        yield from self._leads(at, Tail())

    def _leads(self, at: int, so_far: Tail) -> Iterator[tuple[int, Tail]]:
        for end, tail in self._tails(at, so_far):
            yield end, tail
            if end > at and self.text.word(end) in {",", ":"}:
                yield from self._leads(end + 1, tail)

    def _joined(self, at: int, before: tuple[Part, ...]) -> Iterator[tuple[int, tuple[Part, ...]]]:
        may_omit = bool(before) and any(text.startswith(SETTING) for text in before[-1].phrase.patterns)
        for part in self._parts_at(at, may_omit_verb=may_omit):
            parts = (*before, part)
            yield part.end, parts
            if len(parts) < MOST_PARTS:
                for further in sorted({end for end, _ in matches(_JOINED, self.text, part.end, {})}):
                    yield from self._joined(further, parts)

    def _parts_at(self, at: int, *, may_omit_verb: bool) -> list[Part]:
        known = self._parts.get((at, may_omit_verb))
        if known is None:
            found = {
                (part.end, id(part.phrase), part.values, part.tail): part
                for part in self._find_parts(at, may_omit_verb)
            }
            known = self._parts[at, may_omit_verb] = list(found.values())
        return known

    def _find_parts(self, at: int, may_omit_verb: bool) -> Iterator[Part]:
        for phrase in self.phrases:
            for reading in self._readings(phrase, may_omit_verb):
                for end, values in matches(reading, self.text, at, SLOTS):
                    for tail_end, tail in self._tails(end, Tail()):
                        yield Part(phrase, (*values, *phrase.implied), tail, at, tail_end)

    def _readings(self, phrase: Phrase, may_omit_verb: bool) -> Iterator[Pattern]:
        yield from phrase.readings(without_verb=False)
        if may_omit_verb:
            yield from phrase.readings(without_verb=True)

    def _tails(self, at: int, so_far: Tail) -> Iterator[tuple[int, Tail]]:
        """Nothing more, or for whom and how long in either order."""
        yield at, so_far
        for end, _ in matches(_AT_ONCE, self.text, at, {}):
            yield from self._tails(end, so_far)
        if so_far.audience is None:
            for end, audience in for_whom(self.text, at):
                yield from self._tails(end, Tail(audience, so_far.hold))
        if so_far.hold is None:
            for end, values in matches(_HOLD, self.text, at, _HOLD_SLOTS):
                yield from self._tails(end, Tail(so_far.audience, self._hold(dict(values))))

    def _hold(self, values: dict[str, Any]) -> Hold:
        if "span" in values:
            seconds, note = values["span"]
            return Hold(seconds, note)
        ends = values["moment"]
        # Whole seconds, so that what is read twice at one time is the same.
        seconds = int((ends - self.text.now).total_seconds())
        return Hold(seconds, f"Applied now, it ends on {ends:%A}, {ends:%Y-%m-%d at %H:%M} UTC.")

    def _is_end(self, at: int, *, is_question: bool) -> bool:
        for begin in {at, *(end for end, _ in matches(_THANKS, self.text, at, {}))}:
            rest = [token.word for token in self.text.tokens[begin:] if token.quoted or token.word not in FILLERS]
            if not rest or rest in (["."], ["!"]) or (is_question and rest == ["?"]):
                return True
        return False
