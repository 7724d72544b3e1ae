"""The kinds of values that patterns have slots for, and the words that several patterns share."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gencraft_media.common.scopes import EVERYWHERE
from gencraft_media.daos.grammar import numbers, scopes, times
from gencraft_media.daos.grammar.matching import Found, Matcher, Text, matches
from gencraft_media.daos.grammar.patterns import pattern, words_in

PICTURES = "(images|pictures|photos|outputs|media)"
PICTURE = "(image|picture|photo|output|media)"
_PICTURE_WORDS = words_in(pattern(f"{PICTURES}|{PICTURE}"))
MAKING = (
    f"([ai] {PICTURE} (generation|creation|making)|(generating|making|creating) [ai] {PICTURES}"
    f"|ai [{PICTURES}] [generation]|generation)"
)
ON = "(enable|activate|allow|permit|start|resume|reenable|re-enable|reactivate|(turn|switch) on)"
OFF = (
    "(disable|deactivate|stop|forbid|pause|suspend|prohibit|disallow|halt|(turn|switch|shut) off"
    "|(do not|no longer|never) (allow|permit))"
)
DROP = "(remove|drop|lift|cancel|end|abolish|clear|disable|no|(turn|switch) off)"
FROM = "(from|starting [from|on]|as of|effective [from]|beginning)"
# What a quality is called where the word quality stands already, and where it may not.
QUALITIES = {"hd": "hd|high definition|high|high-definition", "standard": "standard|normal|regular"}
GRADES = {
    "hd": "hd [quality]|high definition|high-definition|high quality|high-quality",
    "standard": "standard [quality]|(normal|regular) quality",
}
FORMATS = {"png": "png|pngs", "jpeg": "jpeg|jpg|jpegs|jpgs", "webp": "webp", "avif": "avif"}
STRATEGIES = {
    "cheapest": "cheapest|cheap|cheaper|lowest-cost|lowest (cost|price)",
    "fastest": "fastest|fast|faster|quickest",
    "best": "best [quality]|highest quality|best-quality",
    "balanced": "balanced",
}
GOALS = {"cheapest": "(cost|costs|price|prices)", "fastest": "speed|time", "best": "quality"}
PERIODS = {"day": "(per|a|each|every) day|daily", "month": "(per|a|each|every) month|monthly"}
OPERATIONS = {
    "text-to-image": "text-to-image|text to image",
    "image-to-image": "image-to-image|image to image",
    "variation": "variation|variations",
    "inpaint": "inpaint|inpainting",
    "outpaint": "outpaint|outpainting",
    "upscale": "upscale|upscaling|upscales",
    "remove-background": "remove-background|background removal|removing background|removing backgrounds",
}
UNITS = {
    "image": "image|picture|output",
    "megapixel": "megapixel|megapixels|mp",
    "second": "second",
    "call": "call|request",
    "step": "step",
    "frame": "frame",
}
_SIDES = re.compile(r"(\d{1,5})(?:px)?x(\d{1,5})(?:px)?")
# What makes a number one of pixels, and no other.
_MEASURED = re.compile(rf"{_SIDES.pattern}|\d[\d,.]*px|x|by|px|pixels?")
# As many name the size of a picture: 2K, 4K.
_SIZE_OR_COUNT = re.compile(r"\d{1,2}k")
_BEGIN_PERIODS = {"per", "a", "each", "every", "daily", "monthly"}


def one_of(choices: Mapping[Any, str]) -> Matcher:
    """A slot for one of some values, each with the patterns of its words."""

    def matcher(text: Text, at: int) -> Found:
        for value, words in choices.items():
            yield from ((end, value) for end, _ in matches(pattern(words), text, at, {}))

    return matcher


def provider(text: Text, at: int) -> Found:
    """The key of a provider."""
    yield from scopes.named(text, at, "provider", text.names.providers)


def model(text: Text, at: int) -> Found:
    """A model as `provider/model`."""
    yield from scopes.named(text, at, "model", text.names.models)


def maker(text: Text, at: int) -> Found:
    """A provider or a model: (kind, name). Where both have the name, both are found."""
    named = {"provider": provider, "model": model}
    for kind, one in named.items():
        words = f"(({kind}|{kind}s) <one>|<one> [{kind}|{kind}s])"
        for end, bound in matches(pattern(words), text, at, {"one": one}):
            yield end, (kind, dict(bound)["one"])
    for end, _ in matches(pattern("custom (model|models)"), text, at, {}):
        yield end, ("custom", "custom")


def makers(text: Text, at: int) -> Found:
    """Providers and models, joined by commas and "and"."""
    for end, found in scopes.listed(text, at, maker):
        yield end, tuple(dict.fromkeys(found))


def percent(text: Text, at: int) -> Found:
    """Percent, said as such: (exact text, no note)."""
    yield from ((end, (amount, "")) for end, amount in numbers.percent(text, at))


def share(text: Text, at: int) -> Found:
    """Percent, or a whole number that can be nothing else: (exact text, note)."""
    for end, amount in numbers.percent(text, at):
        yield end, (amount, "")
    for end, whole in numbers.whole(text, at):
        if text.word(end) not in {"%", "percent", "per"}:
            yield end, (str(whole), f"{whole} is taken as {whole} %." if whole else "")


def limit(text: Text, at: int) -> Found:
    """A whole number, or -1 for unlimited."""
    for end, whole in numbers.whole(text, at):
        is_counted = text.word(end) not in _PICTURE_WORDS or text.word(end + 1) in _BEGIN_PERIODS
        if _SIZE_OR_COUNT.fullmatch(text.word(at)) and not is_counted:
            said = text.said(at, end + 1)
            text.objections.append((end + 1, f"“{said}” may be how many or how large; say which.", (said,)))
        else:
            yield end, whole
    unlimited = pattern("unlimited|no limit|infinite|-1|any number [of]")
    yield from ((end, -1) for end, _ in matches(unlimited, text, at, {}))


def budget(text: Text, at: int) -> Found:
    """Credits, or unlimited: (credits or -1, whether dollars were said)."""
    yield from numbers.credits(text, at)
    unlimited = pattern("(unlimited|no limit|infinite|-1) [credits]")
    yield from ((end, (-1, False)) for end, _ in matches(unlimited, text, at, {}))


def pixels(text: Text, at: int) -> Found:
    """The longest side: 1024, 1024px, 1024x768, 1024 by 1024 pixels."""
    found = _SIDES.fullmatch(text.word(at))
    stuck = numbers.split_unit(text.word(at))
    if found is not None:
        yield from _in_pixels(text, at + 1, max(int(found[1]), int(found[2])))
    elif stuck is not None and stuck[1] == "px" and stuck[0] == stuck[0].to_integral_value():
        yield at + 1, int(stuck[0])
    elif stuck is not None and stuck[1] == "k":
        said = text.said(at, at + 1)
        text.objections.append((at + 1, f"“{said}” is not the same to everybody; say how many pixels.", (said,)))
        return
    for end, side in numbers.whole(text, at):
        yield from _in_pixels(text, end, side)
        if text.word(end) in {"x", "by"}:
            for further, other in numbers.whole(text, end + 1):
                yield from _in_pixels(text, further, max(side, other))


def _in_pixels(text: Text, end: int, side: int) -> Found:
    yield end, side
    if text.word(end) in {"pixel", "pixels", "px"}:
        yield end + 1, side


def sized(text: Text, at: int) -> Found:
    """The longest side, where it is said to be one: a number alone may be how many pictures there are."""
    for end, side in pixels(text, at):
        if any(_MEASURED.fullmatch(text.word(place)) for place in range(at, end)):
            yield end, side
        else:
            said = text.said(at, end)
            reason = f"“{said}” may be how large they are or how many; say “{said} pixels”, or for whom and “a month”."
            text.objections.append((end, reason, (said,)))


def keep(text: Text, at: int) -> Found:
    """How long pictures stay: (days or -1, note)."""
    for end, _ in matches(pattern("forever|indefinitely|permanently|for ever|for good|always|unlimited"), text, at, {}):
        yield end, (-1, "")
    for end, (seconds, note) in times.span(text, at):
        days = Decimal(seconds) / 86_400
        if days == days.to_integral_value():
            yield end, (int(days), note)


def whom(text: Text, at: int) -> Found:
    """An audience, where "users" alone are all of them."""
    yield from scopes.who(text, at)
    for words, counted in (("users|customers|people|a (user|customer)", ""), ("projects|a project", "project")):
        for end, _ in matches(pattern(words), text, at, {}):
            yield end, scopes.Audience((EVERYWHERE,), counted=counted)


def level(text: Text, at: int) -> Found:
    """A whole number, with or without a percent sign."""
    for end, whole in numbers.whole(text, at):
        yield end, whole
        if text.word(end) in {"%", "percent"}:
            yield end + 1, whole


SLOTS: dict[str, Matcher] = {
    "switch": one_of({True: ON, False: OFF}),
    "state": one_of({True: "on", False: "off"}),
    "quality": one_of(QUALITIES),
    "grade": one_of(GRADES),
    "format": one_of(FORMATS),
    "strategy": one_of(STRATEGIES),
    "goal": one_of(GOALS),
    "period": one_of(PERIODS),
    "operation": one_of(OPERATIONS),
    "unit": one_of(UNITS),
    "model": model,
    "makers": makers,
    "percent": percent,
    "share": share,
    "limit": limit,
    "budget": budget,
    "pixels": pixels,
    "sized": sized,
    "keep": keep,
    "whom": whom,
    "level": level,
    "dollars": numbers.dollars,
    "day": times.day,
}

# The patterns of values, which with those of the phrases have every word of the language.
PATTERNS = (
    *(
        words
        for choices in (QUALITIES, GRADES, FORMATS, STRATEGIES, GOALS, PERIODS, OPERATIONS, UNITS)
        for words in choices.values()
    ),
    f"{ON}|{OFF}|on|off|pixel|pixels|px|x|by|forever|indefinitely|permanently|for ever|for good|always",
    "unlimited|no limit|infinite|custom|provider|providers|model|models|users|customers|people|percent",
    "per cent|%|credit|credits",
)
