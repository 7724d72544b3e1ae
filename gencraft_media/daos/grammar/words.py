"""A sentence as words: checked for what has no place in one, split, and spelled one way."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from gencraft_media.daos.grammar.meaning import SentenceRefused

MOST_CHARACTERS = 500
MOST_WORDS = 80
# May stand anywhere and say nothing.
FILLERS = frozenset({"the", "please", "kindly", "now", "'s"})
_TYPOGRAPHIC = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "‑": "-"})
_CHUNK = re.compile(r'"[^"\n]*"|\n|[^\s"]+|"')
_LINE_ENDS = re.compile(r"\r\n?|\n[ \t\n]*")
# What marks code, an address or markup, and never a wish.
_FOREIGN = re.compile(r"https?:|www\.|://|[`{}<>\\|=#@*~^\[\]]|\$\(|--|\b\w+\(")
_CONTRACTED = {"can't": ("can", "not"), "cannot": ("can", "not"), "won't": ("will", "not"), "i'd": ("i", "would")}
_CLOSING = ",.;:!?)"
_SYMBOLS = {"&": "and", "%": "%"}


@dataclass(frozen=True)
class Token:
    """One word: as it was written, and as the grammar knows it. `quoted`: it stood in quotation marks."""

    text: str
    word: str
    quoted: bool = False


def words_of(text: str) -> tuple[Token, ...]:
    """The words of a sentence. Raises `SentenceRefused` for a text that is none."""
    text = _LINE_ENDS.sub("\n", text.translate(_TYPOGRAPHIC).strip())
    if not text:
        raise SentenceRefused("There is nothing to read; say what to change.")
    if len(text) > MOST_CHARACTERS:
        raise SentenceRefused(f"A sentence has at most {MOST_CHARACTERS} characters; this has {len(text)}.")
    _refuse_characters(text)
    tokens = tuple(_tokens(text))
    if len(tokens) > MOST_WORDS:
        raise SentenceRefused(f"A sentence has at most {MOST_WORDS} words; this has {len(tokens)}.")
    return tokens


def _refuse_characters(text: str) -> None:
    """Invisible characters, digits that others than 0-9 are, code and addresses."""
    digits = sorted({letter for letter in text if letter.isdecimal() and not letter.isascii()})
    if digits:
        raise SentenceRefused("Numbers are written with the digits 0 to 9.", words=digits)
    unseen = sorted({f"U+{ord(letter):04X}" for letter in text if letter != "\n" and _is_unseen(letter)})
    if unseen:
        raise SentenceRefused(f"The text has characters that cannot be seen: {', '.join(unseen)}.", words=unseen)
    foreign = [chunk for chunk in text.split() if _FOREIGN.search(chunk)]
    if foreign:
        raise SentenceRefused("The text has code, markup or an address in it, which no sentence needs.", words=foreign)


def _is_unseen(letter: str) -> bool:
    return letter != " " and letter != "\t" and unicodedata.category(letter)[0] in "CZ"


def _tokens(text: str) -> Iterator[Token]:
    for chunk in _CHUNK.findall(text):
        if chunk == "\n":
            yield Token("\n", ".")
        elif len(chunk) > 1 and chunk[0] == '"':
            yield _quoted(chunk)
        else:
            yield from _split(chunk)


def _quoted(chunk: str) -> Token:
    name = chunk[1:-1].strip()
    alphabets = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    if len(alphabets) > 1:
        raise SentenceRefused(f"The name {chunk} mixes letters of several alphabets.", words=[name])
    return Token(name, name.lower(), quoted=True)


def _split(chunk: str) -> Iterator[Token]:
    """Marks at its ends are words of their own; commas and semicolons inside are too, but not in 1,000."""
    for part in re.split(r"(;|,(?!\d)|(?<!\d),)", chunk):
        if part:
            yield from _peeled(part)


def _peeled(part: str) -> Iterator[Token]:
    if part[0] == "(" and len(part) > 1:
        yield Token("(", "(")
        part = part[1:]
    body = part.rstrip(_CLOSING)
    if body.endswith("%") and len(body) > 1:
        yield from _spelled(body[:-1])
        yield Token("%", "%")
    elif body:
        yield from _spelled(body)
    yield from (Token(mark, mark) for mark in part[len(body) :])


def _spelled(text: str) -> Iterator[Token]:
    """A word, or the words of a contraction."""
    if not text.isascii() and any(letter.isalpha() for letter in text):
        # Known names may have them: `Token.word` then equals no word of the grammar.
        yield Token(text, text.lower())
        return
    word = _SYMBOLS.get(text, text.lower())
    if word in _CONTRACTED:
        yield from (Token(text, part) for part in _CONTRACTED[word])
    elif word.endswith("n't"):
        yield Token(text, word.removesuffix("n't"))
        yield Token(text, "not")
    elif word.endswith("'s") and len(word) > 2:
        yield Token(text[:-2], word[:-2])
        yield Token("'s", "'s")
    else:
        yield Token(text, word)
