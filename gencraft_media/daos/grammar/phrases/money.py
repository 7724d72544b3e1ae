"""Phrases about prices: batch discount and its cap, markup, what a model costs from a day on."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from gencraft_media.daos.grammar.meaning import AskedAction
from gencraft_media.daos.grammar.phrasing import SET, Build, Objection, Phrase, Said
from gencraft_media.daos.grammar.vocabulary import DROP, FROM, OFF, PICTURE, PICTURES

_BATCH = f"(batch [{PICTURE}] generation|batches [of {PICTURES}]|batch [{PICTURES}|jobs|requests|orders])"
_GIVE = "(enable|activate|give|grant|offer|allow|add|set|apply|introduce|start|(turn|switch) on)"
_DISCOUNT = f"(batch (discount|discounts)|(discount|discounts) (for|on) {_BATCH})"
_CAP = "(cap|maximum|limit|max|ceiling)"
_PER = "[(per|a|an|each|for each) <unit>]"
_TERMS = f"{_PER} [for <operation>] {_PER} [{FROM} <day>] [for <operation>]"
# More would be no price of a picture but a slip of the finger.
_DEAREST = Decimal(1_000)


def _percent(said: Said) -> str:
    """As exact text, 0 to 100 with two places: finer ones cannot be stored."""
    text, note = said.values["share"]
    amount = Decimal(text)
    if amount > 100 or amount != amount.quantize(Decimal("0.01")):
        raise Objection(f"It is 0 to 100 percent with two decimal places, and {text} % is not.", text)
    said.notes += [note] if note else []
    return str(text)


def _set_percent(action: str, what: str) -> Build:
    def build(said: Said) -> Iterable[AskedAction]:
        said.for_everybody(what)
        return [AskedAction(action, {"percent": _percent(said)})]

    return build


def _priced(units_of: Callable[[str], frozenset[str]]) -> Build:
    """`units_of`: the units in which a model is priced now."""

    def build(said: Said) -> Iterable[AskedAction]:
        said.for_everybody("Prices hold")
        values = said.values
        parameters = {"model": values["model"], "amount": values["dollars"]}
        units = units_of(values["model"])
        if "unit" in values and units and values["unit"] not in units:
            words = f"{values['model']} is priced by the {' and '.join(sorted(units))}, not by the {values['unit']}"
            raise Objection(f"{words}; leave that out or say the right one.", values["unit"])
        if Decimal(values["dollars"]) > _DEAREST:
            raise Objection(f"A price is at most {_DEAREST} dollars.", values["dollars"])
        if "operation" in values:
            parameters["operation"] = values["operation"]
        if "day" in values and said.holds_for_s is not None:
            raise Objection("What holds for a while holds from when it is applied; say from when, or how long.")
        if "day" in values:
            parameters["from"] = values["day"].isoformat()
        return [AskedAction("pricing.price", parameters)]

    return build


_discount = _set_percent("pricing.batch_discount", "Batch discounts are given")
_cap = _set_percent("pricing.batch_discount_cap", "Batch discounts are capped")
_markup = _set_percent("pricing.markup", "The markup is set")
_NONE = (("share", ("0", "")),)


_OF_SHARES = (
    Phrase(
        _discount,
        (
            f"{_GIVE} [a] <percent:share> (discount|off) (for|on) {_BATCH}",
            f"{_GIVE} [a] <percent:share> {_DISCOUNT}",
            f"{_GIVE} [a] {_DISCOUNT} of <percent:share>",
            f"{SET} {_DISCOUNT} [step] to <share>",
            f"discount {_BATCH} by <percent:share>",
            f"{_BATCH} (get|gets|are) [a] <percent:share> (off|discount|cheaper)",
            f"make {_BATCH} <percent:share> cheaper",
        ),
    ),
    Phrase(
        _discount,
        (f"({OFF}|{DROP}) [all] {_DISCOUNT}", "(turn|switch) batch (discount|discounts) off"),
        implied=_NONE,
    ),
    Phrase(
        _cap,
        (
            f"(cap|limit) [total] {_DISCOUNT} (at|to) <share>",
            f"{SET} batch discount {_CAP} to <share>",
            f"{SET} {_CAP} (of|for|on) {_DISCOUNT} to <share>",
            f"{SET} (maximum|max|largest|highest) {_DISCOUNT} to <share>",
            f"(give|allow|grant) (at most|up to|no more than) [a] <percent:share> {_DISCOUNT}",
            f"{_DISCOUNT} (is|are|may be) (at most|no more than) <share>",
        ),
    ),
    Phrase(
        _markup,
        (
            f"{SET} [price|provider] markup [percentage] to <share>",
            "(add|charge|apply|use|take) [a] <percent:share> markup [on provider (costs|cost|prices)]",
            "(add|charge|apply|use|take) [a] markup of <percent:share> [on provider (costs|cost|prices)]",
            "(add|charge) <percent:share> (on top of|over) [provider] (cost|costs|prices)",
            "mark [provider] (costs|prices) up by <percent:share>",
        ),
    ),
    Phrase(_markup, (f"({OFF}|{DROP}) [price|any] markup", "charge no markup"), implied=_NONE),
)


def phrases(units_of: Callable[[str], frozenset[str]]) -> tuple[Phrase, ...]:
    """All of them; `units_of` says in which units a model, as `provider/model`, is priced now."""
    return (
        *_OF_SHARES,
        Phrase(
            _priced(units_of),
            (
                f"{SET} price (of|for) <model> to <dollars> {_TERMS}",
                f"{SET} <model> price to <dollars> {_TERMS}",
                f"<model> costs <dollars> {_TERMS}",
                f"price <model> at <dollars> {_TERMS}",
                f"{FROM} <day> [,] <model> costs <dollars> {_PER} [for <operation>]",
                f"{FROM} <day> [,] {SET} price (of|for) <model> to <dollars> {_PER} [for <operation>]",
                f"price (of|for) <model> is <dollars> {_TERMS}",
            ),
        ),
    )
