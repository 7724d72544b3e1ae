"""For whom: everybody, the users of a plan, a project."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.daos.grammar.matching import Found, Matcher, Text, matches
from gencraft_media.daos.grammar.names import LONGEST_NAME, spelled, squashed
from gencraft_media.daos.grammar.patterns import pattern

_PEOPLE = "(users|customers|accounts|subscribers|owners|clients|members|projects|people)"
_EVERYBODY = (
    "everyone|everybody|all [of] [my|our] (projects|users|customers|plans)|(every|each) (project|user|customer|plan)"
    "|all [my|our] (projects|users|customers|plans) and (projects|users|customers|plans)|any project|all"
)
_OF_PLANS = (
    f"[all] [of] <plans> (plan|plans) [{_PEOPLE}]|[all] <plans> {_PEOPLE}|(plan|plans) <plans>"
    f"|[all|every] {_PEOPLE} (on|of|with|in|having) (<plans> [plan|plans]|(plan|plans) <plans>)"
)
_OF_PROJECTS = "(project|projects) <projects>|<projects> project"

# Anybody may call a project "all": without quotation marks that is never its name.
_NO_NAMES = {"all", "any", "each", "every", "my", "our", "project", "projects", "and", ","}
# Nor may a name that a stranger gave take the rest of a sentence with it.
_GO_ON = {"and", ",", ".", ";", ":", "then", "for", "until", "to", "in", "on", "of", "from"}
# With those of the phrases they have every word of the language.
PATTERNS = (_EVERYBODY, _OF_PLANS, _OF_PROJECTS, "everywhere|globally|engine-wide|for|in|on|across|of|to")


@dataclass(frozen=True)
class Audience:
    """Some scopes of settings, and what had to be assumed to know them."""

    scopes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    # What was said of them: "project", or "plan" where no plan is named. Empty: users, or everybody.
    counted: str = ""

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return self.scopes == (EVERYWHERE,)

    @property
    def plans(self) -> tuple[str, ...]:
        """The plans, where all of it is plans."""
        named = tuple(scope.removeprefix("plan:") for scope in self.scopes if scope.startswith("plan:"))
        return named if len(named) == len(self.scopes) else ()


def who(text: Text, at: int) -> Found:
    """All projects, premium users, the plan pro, project Site: an `Audience`."""
    for end, _ in matches(pattern(_EVERYBODY), text, at, {}):
        yield end, Audience((EVERYWHERE,), counted=_counted(text, at, end, "project", "plan"))
    for end, bound in matches(pattern(_OF_PLANS), text, at, _SLOTS):
        keys, notes = dict(bound)["plans"]
        scopes = tuple(f"plan:{key}" for key in keys)
        yield end, Audience(scopes, notes, counted=_counted(text, at, end, "project"))
    for end, bound in matches(pattern(_OF_PROJECTS), text, at, _SLOTS):
        yield end, Audience(tuple(f"project:{pk}" for pk in dict(bound)["projects"]), counted="project")


def _counted(text: Text, at: int, end: int, *kinds: str) -> str:
    """Which of some kinds the words speak of."""
    said = {text.word(place).removesuffix("s") for place in range(at, end)}
    return next((kind for kind in kinds if kind in said), "")


def for_whom(text: Text, at: int) -> Found:
    """The same behind "for" or "in", and everywhere, globally."""
    for start in text.starts(at):
        if text.word(start) in {"everywhere", "globally", "engine-wide"}:
            yield start + 1, Audience((EVERYWHERE,))
        elif text.word(start) in {"for", "in", "on", "across", "of", "to"}:
            for begin in text.starts(start + 1):
                yield from who(text, begin)


def plan(text: Text, at: int) -> Found:
    """The name of a plan: (key, note)."""
    said = _squashed_at(text, at, at + 1)
    if said in text.names.plan_synonyms:
        key = text.names.plan_synonyms[said]
        yield at + 1, (key, f"“{text.said(at, at + 1)}” is taken for the plan {key}.")
    for end, key in named(text, at, "plan", text.names.plans):
        yield end, (key, "")


def plans(text: Text, at: int) -> Found:
    """Names of plans, joined by commas and "and": (keys, notes)."""
    for end, found in listed(text, at, plan):
        yield end, (tuple(dict.fromkeys(key for key, _ in found)), tuple(note for _, note in found if note))


def project(text: Text, at: int) -> Found:
    """The name or id of a project: its id."""
    if at >= len(text.tokens) or text.word(at) in _NO_NAMES:
        return
    called = {end: spelled(text.tokens[at:end]).lower() for end in _ends(text, at) if not _goes_on(text, at, end)}
    known = text.names.projects_called(called.values())
    for end, name in called.items():
        yield from _one(text, at, end, "project", known.get(name, frozenset()))


def _goes_on(text: Text, at: int, end: int) -> bool:
    """Whether words have one among them that sentences go on with, so that they are a name in quotation marks only."""
    return any(text.word(place) in _GO_ON for place in range(at, end))


def projects(text: Text, at: int) -> Found:
    """Names of projects, joined by commas and "and": their ids."""
    for end, found in listed(text, at, project):
        yield end, tuple(dict.fromkeys(found))


def listed(text: Text, at: int, one: Matcher) -> Found:
    """One or more of a kind, joined by commas, "and" or both; a list of values."""
    for end, value in one(text, at):
        yield end, [value]
        joined = end
        while text.word(joined) in {",", "and"} and joined < end + 2:
            joined += 1
        if joined > end:
            for begin in text.starts(joined):
                for further, more in listed(text, begin, one):
                    yield further, [value, *more]


def named(text: Text, at: int, kind: str, index: Mapping[str, Iterable[str]]) -> Found:
    """What the words from a place on are the name of, as the index has it."""
    for end in _ends(text, at):
        yield from _one(text, at, end, kind, index.get(_squashed_at(text, at, end), ()))


def _one(text: Text, at: int, end: int, kind: str, found: Iterable[str]) -> Found:
    """The one thing of a name; several of them are objected to."""
    names = sorted(found)
    if len(names) == 1:
        yield end, names[0]
    elif names:
        said = text.said(at, end)
        text.objections.append((end, f"{said} is the name of several {kind}s: {', '.join(names[:5])}.", (said,)))


def _ends(text: Text, at: int) -> range:
    return range(at + 1, min(at + LONGEST_NAME, len(text.tokens)) + 1)


def _squashed_at(text: Text, at: int, end: int) -> str:
    return squashed(spelled(text.tokens[at:end]))


_SLOTS: dict[str, Matcher] = {"plans": plans, "projects": projects}
