"""Numbers in sentences: digits, words, percent, dollars, credits. Every reading of the words from a place on."""

import re
from collections.abc import Iterator
from decimal import Decimal

from gencraft_media.daos.grammar.matching import Found, Text

_DIGITS = re.compile(r"\d{1,9}|\d{1,3}(,\d{3}){1,3}|(\d{1,9})?\.\d{1,10}|\d{1,3}(,\d{3}){1,3}\.\d{1,10}")
_STUCK = re.compile(r"([\d.,]+)(k|m|px|days?|d|hours?|h|hrs?|minutes?|min|weeks?|w)")
_FIRST = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENTHS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: Decimal(number) for number, word in enumerate(_FIRST.split())}
_TENS = {word: Decimal(10 * number) for number, word in enumerate(_TENTHS.split(), start=2)}
_SCALES = {"thousand": Decimal(1_000), "million": Decimal(1_000_000)}
_STUCK_SCALES = {"k": Decimal(1_000), "m": Decimal(1_000_000)}
# The only currency of prices; others are recognised to be refused.
_FOREIGN_MONEY = {
    "€",
    "£",
    "¥",
    "eur",
    "euro",
    "euros",
    "gbp",
    "pounds",
    "pence",
    "yen",
    "jpy",
    "chf",
    "francs",
    "rupees",
}
_DOLLARS = {"dollar", "dollars", "usd", "us-dollars", "bucks"}
_CENTS = {"cent", "cents"}
CREDITS_PER_DOLLAR = 100
WORDS = frozenset({*_UNITS, *_TENS, *_SCALES, *_DOLLARS, *_CENTS, *_FOREIGN_MONEY, "hundred", "us", "a", "an"})


def numeral(text: str) -> Decimal | None:
    """The number that digits write, 1,000 with its comma too; None for anything that could be read in two ways."""
    return Decimal(text.replace(",", "")) if _DIGITS.fullmatch(text) else None


def split_unit(text: str) -> tuple[Decimal, str] | None:
    """A number and the unit written onto it: 1024px, 2d, 10k."""
    found = _STUCK.fullmatch(text)
    number = numeral(found[1]) if found else None
    return None if found is None or number is None else (number, found[2])


def number(text: Text, at: int) -> Found:
    """A number in digits or words: 1,000, 10k, 2 thousand, twenty-five, a hundred and five."""
    word = text.word(at)
    amount = numeral(word)
    stuck = split_unit(word)
    if amount is None and stuck is not None and stuck[1] in _STUCK_SCALES:
        yield at + 1, stuck[0] * _STUCK_SCALES[stuck[1]]
    elif amount is not None:
        yield at + 1, amount
        if text.word(at + 1) in _SCALES:
            yield at + 2, amount * _SCALES[text.word(at + 1)]
    else:
        yield from _in_words(text, at)


def whole(text: Text, at: int) -> Found:
    """A whole number, 0 or more. 1.000 is none: it may be a thousand."""
    for end, amount in number(text, at):
        if amount == amount.to_integral_value() and "." not in text.word(at):
            yield end, int(amount)


def percent(text: Text, at: int) -> Found:
    """A share in percent, as exact text."""
    for end, amount in number(text, at):
        if text.word(end) in {"%", "percent"}:
            yield end + 1, plain(amount)
        elif text.word(end) == "per" and text.word(end + 1) == "cent":
            yield end + 2, plain(amount)


def dollars(text: Text, at: int) -> Found:
    """US dollars, as exact text: $0.04, 0.04 dollars, 0.04 USD, 4 cents. Other money is objected to."""
    word = text.word(at)
    if word[:1] in {"$", "€", "£", "¥"}:
        yield from _with_sign(text, at)
        return
    for end, amount in number(text, at):
        unit = text.word(end)
        if unit == "us" and text.word(end + 1) in _DOLLARS | _CENTS:
            end, unit = end + 1, text.word(end + 1)
        if unit in _DOLLARS:
            yield end + 1, plain(amount)
        elif unit in _CENTS:
            yield end + 1, plain(amount / 100)
        elif unit in _FOREIGN_MONEY:
            _object_to_money(text, at, end + 1)


def credits(text: Text, at: int) -> Found:
    """Whole credits: 5000 credits, or dollars of which each is a hundred; the value is (credits, whether dollars)."""
    for end, amount in whole(text, at):
        if text.word(end) in {"credit", "credits"}:
            yield end + 1, (amount, False)
        elif text.word(end) not in _DOLLARS | _CENTS | _FOREIGN_MONEY | {"us"}:
            text.objections.append((end, "Say credits or dollars.", (text.said(at, end),)))
    for end, amount in dollars(text, at):
        worth = Decimal(amount) * CREDITS_PER_DOLLAR
        if worth == worth.to_integral_value():
            yield end, (int(worth), True)


def plain(amount: Decimal) -> str:
    """Exact, without an exponent and without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _with_sign(text: Text, at: int) -> Found:
    word = text.word(at)
    amount = numeral(word[1:])
    stuck = split_unit(word[1:])
    if amount is None and stuck is not None and stuck[1] in _STUCK_SCALES:
        amount = stuck[0] * _STUCK_SCALES[stuck[1]]
    if amount is None:
        return
    if word[0] != "$" or text.word(at + 1) in _FOREIGN_MONEY | _CENTS:
        _object_to_money(text, at, at + 2 if word[0] == "$" else at + 1)
    elif text.word(at + 1) in _DOLLARS:
        yield at + 2, plain(amount)
    else:
        yield at + 1, plain(amount)


def _object_to_money(text: Text, at: int, end: int) -> None:
    said = text.said(at, end)
    text.objections.append((end, f"Prices are in US dollars alone; “{said}” is something else.", (said,)))


def _in_words(text: Text, at: int) -> Found:
    """Numbers below a thousand, and so many thousands or millions."""
    for end, amount in _hundreds(text, at):
        yield end, amount
        scale = _SCALES.get(text.word(end))
        if scale is not None:
            yield end + 1, amount * scale
            for further, rest in _hundreds(text, end + 1 + (text.word(end + 1) == "and")):
                if rest < scale:
                    yield further, amount * scale + rest


def _hundreds(text: Text, at: int) -> Iterator[tuple[int, Decimal]]:
    starts = [(at + 1, Decimal(1))] if text.word(at) in {"a", "an"} else list(_tens(text, at))
    is_article = text.word(at) in {"a", "an"}
    for end, amount in starts:
        if text.word(end) == "hundred" and amount < 10 and amount:
            yield end + 1, amount * 100
            for further, rest in _tens(text, end + 1 + (text.word(end + 1) == "and")):
                yield further, amount * 100 + rest
        if not is_article or text.word(end) in _SCALES:
            yield end, amount


def _tens(text: Text, at: int) -> Iterator[tuple[int, Decimal]]:
    word = text.word(at)
    tens, _, unit = word.partition("-")
    if word in _UNITS:
        yield at + 1, _UNITS[word]
    elif tens in _TENS and unit in _UNITS and 0 < _UNITS[unit] < 10:
        yield at + 1, _TENS[tens] + _UNITS[unit]
    elif word in _TENS:
        yield at + 1, _TENS[word]
        following = _UNITS.get(text.word(at + 1))
        if following is not None and 0 < following < 10:
            yield at + 2, _TENS[word] + following
