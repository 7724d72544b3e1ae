"""What the words of a sentence say, found without the grammar: a bag of words, in no order.

A reading that adds something no word says, or leaves out something that one says, disagrees with it.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from gencraft_media.daos.sentences import ReadSentence

_MAKERS = {
    "flux": "flux",
    "openai": "openai",
    "stability": "stability",
    "stability ai": "stability",
    "flux-2-pro": "flux/flux-2-pro",
    "flux-2-max": "flux/flux-2-max",
    "flux-dev": "flux/flux-dev",
    "flux dev": "flux/flux-dev",
    "flux-pro": "flux/flux-pro",
    "flux pro": "flux/flux-pro",
    "dall-e-2": "openai/dall-e-2",
    "dall-e-3": "openai/dall-e-3",
    "gpt-image-2": "openai/gpt-image-2",
}
# A model may be named behind its provider.
_MAKERS |= {f"{name.partition('/')[0]} {said}": name for said, name in list(_MAKERS.items()) if "/" in name}
_PLANS = {"free": "free", "starter": "starter", "pro": "pro", "premium": "pro", "enterprise": "enterprise"}
_QUALITIES = {"hd": "hd", "high": "hd", "standard": "standard", "normal": "standard", "regular": "standard"}
_FORMATS = {"png": "png", "jpeg": "jpeg", "jpg": "jpeg", "webp": "webp", "avif": "avif"}
_STRATEGIES = {
    **{"cheapest": "cheapest", "cost": "cheapest", "price": "cheapest", "fastest": "fastest", "speed": "fastest"},
    **{"best": "best", "balanced": "balanced"},
}
_NEGATIVE = re.compile(
    r"\b(not|never|no|nothing|off|disabled?|deactivate|stop|forbid|pause|suspend|prevent|deny|denying|block|avoid|exclude"
    r"|remove|take|hold|n't)\b|n't\b"
)
_UNLIMITED = re.compile(r"\b(unlimited|forever|-1)\b")
_ONLY = re.compile(r"\b(only|nothing but|restrict routing|allow list)\b")
_NUMBER = re.compile(r"(?<![\w.-])[$]?(\d[\d,]*(?:\.\d+)?|\.\d+)(?=%|px|h\b|k\b|$|\s|[,.;:!?](?:\s|$))")
_SPANS = re.compile(r"\b(minute|hour|day|daily|week|month|monthly|year)s?\b|\d+h\b|\b(until|till)\b")
_WORDS_OF_NUMBERS = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "twenty": 20, "thirty": 30, "hundred": 100}


class Facts(NamedTuple):
    """What is named, by kind; and whether anything is taken away, and whether there is a time or period."""

    makers: frozenset[str]
    plans: frozenset[str]
    projects: frozenset[str]
    qualities: frozenset[str]
    formats: frozenset[str]
    strategies: frozenset[str]
    numbers: frozenset[Decimal]
    is_negative: bool
    is_only: bool
    has_time: bool


def facts_said(text: str, projects: Mapping[str, str]) -> Facts:
    """What the words say. `projects`: ids by name."""
    text = _without_fillers(f" {text.lower()} ")
    strategies = set() if re.search(r"\b(price|cost)s? (of|for|[\w-]+ at)\b", text) else _found(text, _STRATEGIES)
    without_makers = text
    for name in sorted(_MAKERS, key=len, reverse=True):
        without_makers = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", without_makers)
    return Facts(
        makers=frozenset(_found(text, _MAKERS)),
        plans=frozenset(_found(without_makers, _PLANS)),
        projects=frozenset(_found(text, {_without_fillers(name.lower()): key for name, key in projects.items()})),
        qualities=frozenset(_found(text, _QUALITIES)),
        formats=frozenset(_found(text, _FORMATS)),
        strategies=frozenset(strategies),
        numbers=frozenset(_numbers(without_makers)),
        is_negative=bool(_NEGATIVE.search(text) or _UNLIMITED.search(text)),
        is_only=bool(_ONLY.search(text)),
        has_time=bool(_SPANS.search(text)),
    )


def facts_read(found: ReadSentence, said: Facts) -> Facts:
    """What a reading says; a number counts as one of those said where a unit lies between the two."""
    values = [(action.name, key, value) for action in found.actions for key, value in action.parameters.items()]
    scopes = [value for _, key, value in values if key == "scope"]
    makers = [value for _, key, value in values if key in ("provider", "model")]
    makers += [name for _, key, value in values if key == "names" for name in value]
    numbers = {_explained(Decimal(value), key, said.numbers) for _, key, value in values if _is_number(key, value)}
    numbers |= {_explained(Decimal(found.holds_for_s), "hold", said.numbers)} if found.holds_for_s else set()
    return Facts(
        makers=frozenset(makers),
        plans=frozenset(_named(scopes, "plan:") | {value for _, key, value in values if key == "plan"}),
        projects=frozenset(_named(scopes, "project:")),
        qualities=frozenset(value for _, key, value in values if key == "quality"),
        formats=frozenset(value for _, key, value in values if key == "format"),
        strategies=frozenset(value for _, key, value in values if key == "strategy"),
        numbers=frozenset(number for number in numbers if number is not None),
        is_negative=any(_takes_away(name, key, value) for name, key, value in values),
        is_only=any(action.name == "routing.allow" for action in found.actions),
        has_time=found.holds_for_s is not None
        or any(key in ("period", "days", "from") for _, key, _ in values)
        # A plan's quota counts a month, whether that is said or not.
        or (said.has_time and all(action.name == "quota.plan" for action in found.actions)),
    )


def _without_fillers(text: str) -> str:
    return re.sub(r"\b(the|please|kindly|now)\s", "", text)


def _found(text: str, names: Mapping[str, str]) -> set[str]:
    """The names in a text, the longer of two that overlap."""
    found = set()
    for name in sorted(names, key=len, reverse=True):
        text, count = re.subn(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", text)
        found |= {names[name]} if count else set()
    return found


def _numbers(text: str) -> set[Decimal]:
    digits = {Decimal(number.replace(",", "")) for number in _NUMBER.findall(text)}
    return digits | {Decimal(number) for word, number in _WORDS_OF_NUMBERS.items() if re.search(rf"\b{word}\b", text)}


def _is_number(key: str, value: Any) -> bool:
    """Whether a parameter is a number that somebody said: nobody says the numbers for unlimited and for none."""
    if key not in ("compression", "pixels", "days", "outputs", "credits", "percent", "amount"):
        return False
    return value != -1 and not (key == "percent" and value == "0")


def _explained(value: Decimal, key: str, said: Iterable[Decimal]) -> Decimal | None:
    """The number said that a value comes from; the value itself, which then disagrees, where there is none."""
    units = {"hold": (60, 3600, 86_400, 604_800, 2_592_000), "days": (1, 7, 30, 365), "credits": (1, 100)}
    factors = (Decimal(1), Decimal("0.01")) if key == "amount" else tuple(map(Decimal, units.get(key, (1,))))
    for number in said:
        if any(number * factor == value for factor in factors):
            return number
    return None if key in ("hold", "days") else value


def _takes_away(name: str, key: str, value: Any) -> bool:
    """Whether a value is one of those that a negative word, or "unlimited", asks for."""
    if key == "enabled":
        return value is False
    if key in ("denied", "paused"):
        return value is True
    return (key in ("outputs", "credits", "days") and value == -1) or (key == "percent" and value == "0")


def _named(scopes: Iterable[str], kind: str) -> set[str]:
    return {scope.removeprefix(kind) for scope in scopes if scope.startswith(kind)}
