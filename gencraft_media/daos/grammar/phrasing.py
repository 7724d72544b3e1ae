"""What a phrase of the language is: its patterns, and the actions that its words ask for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.daos.grammar.meaning import AskedAction
from gencraft_media.daos.grammar.patterns import Pattern, pattern
from gencraft_media.daos.grammar.scopes import Audience

SET = "(set|change|adjust|raise|increase|lower|reduce|decrease|update)"
# What begins an order whose verb a following part may leave out: "set the quality to HD and the format to WebP".
SETTING = f"{SET} "
UNSCOPED = "Nobody is named, so it holds for everybody."


class Objection(Exception):
    """The words fit a phrase, and what they ask for cannot be."""

    def __init__(self, reason: str, *words: str) -> None:
        super().__init__(reason)
        self.reason, self.words = reason, words


@dataclass
class Said:
    """What the words of one part of a sentence say: values by slot, for whom, how long, and what had to be assumed."""

    values: Mapping[str, Any]
    audience: Audience | None = None
    # None: until somebody undoes it.
    holds_for_s: int | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_for_everybody(self) -> bool:
        """Whether nobody is named, or everybody."""
        return self.audience is None or self.audience.is_everybody

    def scopes(self) -> tuple[str, ...]:
        """The scopes of settings it is for; everybody where nobody is named, and a note says so."""
        if self.audience is None:
            self.notes.append(UNSCOPED)
            return (EVERYWHERE,)
        self.notes.extend(self.audience.notes)
        return self.audience.scopes

    def for_everybody(self, what: str) -> None:
        """Raises `Objection` where somebody is named: this cannot be set for a plan or a project."""
        if not self.is_for_everybody:
            raise Objection(f"{what} for everybody, not for a plan or a project.")


Build = Callable[[Said], Iterable[AskedAction]]


@dataclass(frozen=True)
class Phrase:
    """Patterns that ask for the same, and how their values become actions. `build` raises `Objection`."""

    build: Build
    patterns: tuple[str, ...]
    # Values that the patterns imply rather than say.
    implied: tuple[tuple[str, Any], ...] = ()

    def readings(self, *, without_verb: bool) -> tuple[Pattern, ...]:
        """The patterns; `without_verb`: what is left of those that set something once the verb is left out."""
        if without_verb:
            return tuple(pattern(text.removeprefix(SETTING)) for text in self.patterns if text.startswith(SETTING))
        return tuple(pattern(text) for text in self.patterns)


def scoped(name: str, **parameters: Callable[[Said], Any]) -> Build:
    """An action for each scope; its parameters are worked out of what was said."""

    def build(said: Said) -> Iterable[AskedAction]:
        values = {key: work_out(said) for key, work_out in parameters.items()}
        return [AskedAction(name, {**values, "scope": scope}) for scope in said.scopes()]

    return build


def value_of(slot: str) -> Callable[[Said], Any]:
    """What a slot says, as it is."""
    return lambda said: said.values[slot]
