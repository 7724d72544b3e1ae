"""Why a sentence is not understood: which of its words, what stands in the way, and what would be understood."""

import difflib
import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from gencraft_media.daos.grammar import numbers, scopes, times, vocabulary
from gencraft_media.daos.grammar.examples import EXAMPLES
from gencraft_media.daos.grammar.matching import Text
from gencraft_media.daos.grammar.meaning import SentenceRefused
from gencraft_media.daos.grammar.names import squashed
from gencraft_media.daos.grammar.patterns import pattern, words_in
from gencraft_media.daos.grammar.phrasing import Objection, Phrase
from gencraft_media.daos.grammar.words import FILLERS

_MARKS = {",", ";", ".", "!", ":", "(", ")", "?"}
_NEGATIVE = {"not", "never", "no", "without", "disable", "deactivate", "stop", "forbid", "prohibit", "disallow", "deny"}
_POSITIVE = {"enable", "activate", "allow", "permit", "start", "resume"}
_RELATIVE = {"raise", "increase", "lower", "reduce", "decrease", "double", "halve"}
_OTHER_PERIODS = {"week", "weekly", "hour", "hourly", "year", "yearly", "quarter"}
_UNCLEAR_NUMBER = re.compile(r"\$?\d[\d.,]*,(\d{1,2}|\d{4,})|\$?\d{1,3}\.\d{3}(\.\d{3})*|\$?\d+[.,]")
_CONJUNCTIONS = {"except", "but", "unless", "if", "when", "because", "while", "or"}
_NEAREST = 3
# Words of a sentence that are compared with examples: the first ones say what it is about.
_COMPARED = 20


def refusal(text: Text, phrases: tuple[Phrase, ...], objections: Sequence[Objection]) -> SentenceRefused:
    """The refusal of a text of which there is no reading, or none that can be meant."""
    if objections:
        # Every word has its place: what they ask for together cannot be.
        reason, words = objections[0].reason, list(objections[0].words)
    else:
        reason, words = _reason(text, phrases)
    return SentenceRefused(reason, words=words, nearest=nearest(" ".join(token.text for token in text.tokens)))


def nearest(sentence: str) -> list[str]:
    """The sentences of the language that are most like this one: they share words that few others have."""
    known = _words_of_examples()
    rarity = Counter(word for words in known.values() for word in words)
    said = [_as_known(word, rarity) for word in sentence.lower().split()[:_COMPARED]]

    def likeness(example: str) -> float:
        shared = sum(1 / rarity[word] for word in known[example] if word in said)
        return shared + difflib.SequenceMatcher(None, said, list(known[example])).ratio()

    return sorted(known, key=likeness, reverse=True)[:_NEAREST]


@functools.cache
def _words_of_examples() -> dict[str, tuple[str, ...]]:
    return {said: tuple(dict.fromkeys(said.lower().split())) for several in EXAMPLES.values() for said in several}


def _as_known(word: str, known: Iterable[str]) -> str:
    """A word with its slip of the finger mended."""
    return word if word in known else next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.8)), word)


def _reason(text: Text, phrases: tuple[Phrase, ...]) -> tuple[str, list[str]]:
    unknown = _unknown(text, phrases)
    _, reason, words = max(text.objections, default=(0, "", ()))
    if reason and set(unknown) <= {word for said in words for word in said.split()}:
        return reason, list(words)
    hint = _hint(text, unknown)
    if len(unknown) == 1 and hint.startswith("There is no"):
        return hint, unknown
    if unknown:
        return f"Not understood: {', '.join(unknown)}. {hint}".rstrip(), unknown
    return _of_known_words(text)


def _unknown(text: Text, phrases: tuple[Phrase, ...]) -> list[str]:
    """The words that are no words of the language, and no names."""
    known = _vocabulary(phrases)
    unknown = [
        token.text.strip()
        for at, token in enumerate(text.tokens)
        if token.quoted or not (token.word in known or _is_value(text, at) or _is_name(text, token.word))
    ]
    return list(dict.fromkeys(unknown))


@functools.cache
def _vocabulary(phrases: tuple[Phrase, ...]) -> frozenset[str]:
    texts = [text for phrase in phrases for text in phrase.patterns]
    own = frozenset().union(*(words_in(pattern(text)) for text in [*texts, *vocabulary.PATTERNS, *scopes.PATTERNS]))
    return own | FILLERS | _MARKS | numbers.WORDS | times.WORDS | _NEGATIVE | _POSITIVE | _RELATIVE | _OTHER_PERIODS


def _is_value(text: Text, at: int) -> bool:
    word = text.tokens[at].word
    return bool(re.match(r"[-$€£¥]?\.?\d", word)) or any(True for _ in times.moment(text, at))


def _is_name(text: Text, word: str) -> bool:
    names = text.names
    return any(squashed(word) in index for index in (names.providers, names.models, names.plans, names.plan_synonyms))


def _hint(text: Text, unknown: Sequence[str]) -> str:
    """What may have been meant by a word where only a name makes sense, or by one that is nearly a name."""
    indexes = {"provider": text.names.providers, "model": text.names.models, "plan": text.names.plans, "project": {}}
    for at, token in enumerate(text.tokens):
        said = token.text.strip()
        kind = _kind_of_name(text, at) if said in unknown else None
        if kind is not None and not (kind == "project" and text.names.projects_called([said])):
            near = ", ".join(text.names.nearest(indexes[kind], said))
            return f"There is no {kind} called {said}." + (f" The nearest: {near}." if near else "")
    close = [
        name
        for said in unknown
        for index in (text.names.providers, text.names.models)
        for name in text.names.nearest(index, said)[:1]
        if difflib.SequenceMatcher(None, squashed(said), squashed(name.partition("/")[2] or name)).ratio() > 0.7
    ]
    return f"Did you mean {' or '.join(close)}?" if close else ""


def _kind_of_name(text: Text, at: int) -> str | None:
    """What a word would be the name of, by the words around it."""
    words = [token.word for token in text.tokens]
    if words[at] in _CONJUNCTIONS:
        return None
    before = words[at - 1].rstrip("s") if at else ""
    after = words[at + 1].rstrip("s") if at + 1 < len(words) else ""
    kinds = ("provider", "model", "plan", "project")
    kind = next((kind for kind in kinds if kind in (before, after)), None)
    return "plan" if kind is None and after in {"user", "customer", "subscriber"} else kind


def _of_known_words(text: Text) -> tuple[str, list[str]]:
    """Each word is known, and together they are no sentence."""
    words = [token.word for token in text.tokens]
    rest = [token.text.strip() for token in text.tokens[min(text.reached, len(words) - 1) :]]
    if "?" in words:
        return "A question changes nothing; say what to change.", ["?"]
    unclear = [token.text for token in text.tokens if _UNCLEAR_NUMBER.fullmatch(token.text)]
    if unclear:
        return f"The number {unclear[0]} can be read in two ways; write 1000, 1,000 or 0.5.", unclear
    negative, positive = _among(text, _NEGATIVE), _among(text, _POSITIVE)
    if set(words) & _RELATIVE and ("by" in words or {"double", "halve"} & set(words)):
        return "Say the new value (“to 20 %”), not by how much it changes.", _among(text, _RELATIVE)
    if negative and positive and "and" in words:
        said = f"{positive[0]} and {negative[0]}"
        return f"It says both “{positive[0]}” and “{negative[0]}”; say one of them.", [said]
    if len(negative) > 1:
        return f"Two negations ({', '.join(negative)}) can be meant in two ways; say what shall be.", negative
    if set(words) & _OTHER_PERIODS and {"quota", "limit", "cap", "spend", "spending"} & set(words):
        return "Quotas and spend caps count a day or a month.", _among(text, _OTHER_PERIODS)
    shares = [word for word in words if re.fullmatch(r"0?\.\d+", word)]
    if shares and {"discount", "discounts", "markup"} & set(words):
        return "Say it in percent: “5 %”, not 0.05.", shares
    if {"not", "never", "no"} & set(words):
        return "A negation is not understood here; say what shall be: “disable …”.", negative
    if text.reached >= len(words):
        return "The sentence seems to be unfinished, or its words are not in an order that is understood.", rest
    return f"Not understood from “{rest[0]}” on.", rest


def _among(text: Text, words: Iterable[str]) -> list[str]:
    """Which of some words are in the text, as they were written."""
    return [token.text for token in text.tokens if token.word in words]
