"""From a sentence to what it asks for: every reading is made, and only one that has no rival is taken."""

import itertools
import json

from billing.models import PriceLine
from gencraft_media.common.clock import database_now
from gencraft_media.daos.grammar.combining import combined
from gencraft_media.daos.grammar.complaints import nearest, refusal
from gencraft_media.daos.grammar.matching import Text
from gencraft_media.daos.grammar.meaning import AskedAction, ReadSentence, SentenceRefused
from gencraft_media.daos.grammar.names import load_names
from gencraft_media.daos.grammar.parsing import Parser
from gencraft_media.daos.grammar.phrases import choosing, limits, media, money, webhooks
from gencraft_media.daos.grammar.phrasing import Objection
from gencraft_media.daos.grammar.words import MOST_CHARACTERS, Token, words_of

_MOST_READINGS = 500


def units_of(model: str) -> frozenset[str]:
    """The units in which a model, as `provider/model`, is priced."""
    provider, _, name = model.partition("/")
    lines = PriceLine.objects.filter(provider=provider, model__in=[name, model])
    return frozenset(lines.values_list("kind", flat=True))


PHRASES = (*media.PHRASES, *choosing.PHRASES, *money.phrases(units_of), *limits.PHRASES, *webhooks.PHRASES)


def read(text: str) -> ReadSentence:
    """What a sentence asks for. Raises `SentenceRefused` unless it can be read in exactly one way."""
    parsed = Text(_tokens(text), load_names(), database_now())
    readings: dict[str, ReadSentence] = {}
    objections: list[Objection] = []
    sentences = list(itertools.islice(Parser(parsed, PHRASES).sentences(), _MOST_READINGS + 1))
    for groups in sentences:
        try:
            found = combined(groups)
        except Objection as objection:
            objections.append(objection)
        else:
            readings.setdefault(_meaning(found), found)
    if len(readings) > 1 or len(sentences) > _MOST_READINGS:
        raise _ambiguous(text, list(readings.values()))
    # Where one reading is understood and another one objected to, nobody knows which was meant.
    if objections or not readings:
        raise refusal(parsed, PHRASES, objections)
    return next(iter(readings.values()))


def _tokens(text: str) -> tuple[Token, ...]:
    try:
        return words_of(text)
    except SentenceRefused as refused:
        raise SentenceRefused(refused.message, words=refused.words, nearest=nearest(text[:MOST_CHARACTERS])) from None


def _meaning(found: ReadSentence) -> str:
    """Equal for readings that ask for the same, in whatever order."""
    actions = sorted(json.dumps([action.name, dict(action.parameters)], sort_keys=True) for action in found.actions)
    return json.dumps([actions, found.holds_for_s])


def _ambiguous(text: str, readings: list[ReadSentence]) -> SentenceRefused:
    ways = "; or ".join(", ".join(_shown(action) for action in found.actions) for found in readings[:2])
    hint = "Names in quotation marks make it clear."
    return SentenceRefused(f"This can be read in more than one way: {ways}. {hint}", nearest=nearest(text))


def _shown(action: AskedAction) -> str:
    values = ", ".join(f"{key} {value}" for key, value in action.parameters.items())
    return f"{action.name} ({values})"
