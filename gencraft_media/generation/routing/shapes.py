"""What requests of one shape have in common, kept: the terms of a model do not depend on the words of a prompt."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from billing.errors import PriceUnknown
from billing.models import PricingSettings
from billing.pricelist import price_mark
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.logs import logger
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.routing.index import Entry, Index
from gencraft_media.generation.routing.offers import CAPABILITY, PRICE_UNKNOWN, Offer, Refusal
from gencraft_media.generation.routing.terms import Asked, done_by, fitted_to, misfit, quote_of
from providers.errors import OptionUnsupported
from providers.fitting import Fitted
from providers.models import ProviderModel
from providers.wanted import Wanted

log = logger(__name__)
_MOST_SHAPES = 512
_NO_PRICE = Refusal(PRICE_UNKNOWN, "No price is known for this.")
_NO_FIT = Refusal(CAPABILITY, "Its limits make no sense.")
# Of these only a class is of interest, which `_words` and `_seed` tell.
_VARYING = {"prompt", "negative_prompt", "seed", "search", "inputs"}
_SAME = tuple(field.name for field in fields(Wanted) if field.name not in _VARYING)


class Term(NamedTuple):
    """What a model asks for a request of this shape, or why it does not serve it. Costs in US dollars."""

    refusal: Refusal | None = None
    cost: Decimal = Decimal(0)
    credits: int = 0
    provider_cost: Decimal = Decimal(0)
    adaptations: int = 0


@dataclass
class Terms:
    """The terms of each model for requests of one shape, worked out as they are asked for."""

    index: Index
    asked: Asked
    mark: Any
    known: dict[str, Term] = field(default_factory=dict)
    # What `survey` makes of them, and what it was made of beside them.
    offers: dict[str, Offer] = field(default_factory=dict)
    offers_mark: tuple[Any, ...] = ()
    _fits: dict[Any, Fitted | Refusal] = field(default_factory=dict)

    def of(self, entry: Entry) -> Term:
        """The terms of one model."""
        known = self.known.get(entry.name)
        if known is None:
            known = self.known[entry.name] = self._made(entry)
        return known

    def _made(self, entry: Entry) -> Term:
        done, _ = done_by(entry.row, self.asked.operation, self.asked.wanted)
        key = (done, self.index.limits_key(entry, done))
        fit = self._fits.get(key)
        if fit is None:
            fit = self._fits[key] = _fit(entry.row, self.asked)
        if isinstance(fit, Refusal):
            return Term(fit)
        try:
            quote = quote_of(entry.row, done, fit, count=self.asked.wanted.count, units=self.asked.units)
        except PriceUnknown:
            return Term(_NO_PRICE)
        return Term(None, quote.total, quote.credits, quote.provider_cost, len(fit.adaptations))


def kept_terms(index: Index, asked: Asked) -> Terms:
    """What is known of requests of this shape, as long as no model and no price has changed."""
    mark = _mark()
    shape = _shape(index, asked)
    kept: dict[Any, Terms] = index.kept
    known = kept.get(shape)
    if known is None or known.mark != mark:
        if len(kept) >= _MOST_SHAPES:
            kept.clear()
        known = kept[shape] = Terms(index, asked, mark)
    return known


def _fit(row: ProviderModel, asked: Asked) -> Fitted | Refusal:
    try:
        return fitted_to(row, asked)[1]
    except (OptionUnsupported, InvalidRequest) as error:
        return misfit(error, strict=asked.strict)
    except Exception:
        # One row whose limits make no sense must not take the others from every request.
        log.warning("model fits nothing", provider=row.provider_id, model=row.name, exc_info=True)
        return _NO_FIT


def _mark() -> tuple[Any, ...]:
    pricing = current_settings(PricingSettings)
    return price_mark(timezone.now()), *pricing.values().values()


def _shape(index: Index, asked: Asked) -> tuple[Any, ...]:
    wanted, steps = asked.wanted, _steps(index)
    # A preset that a model has no field for is said in the prompt, as far as there is room.
    is_exact = bool(wanted.style_preset or wanted.style)
    return (
        asked.operation,
        asked.strict,
        tuple(sorted(asked.units.items())),
        tuple([getattr(wanted, name) for name in _SAME]),
        len(wanted.prompt) if is_exact else (bool(wanted.prompt.strip()), *_place(steps.prompts, len(wanted.prompt))),
        _place(steps.negatives, len(wanted.negative_prompt)),
        None if wanted.seed is None else _place(steps.seeds, wanted.seed),
        (bool(wanted.search), bool(wanted.search.strip())),
        tuple([(facts.role, facts.width, facts.height) for facts in wanted.inputs]),
    )


class _Steps(NamedTuple):
    """Where the models' limits lie: between two of them, all lengths and seeds are treated alike."""

    prompts: list[int]
    negatives: list[int]
    seeds: list[int]


def _steps(index: Index) -> _Steps:
    known: _Steps | None = index.kept_steps.get("steps")
    if known is None:
        known = index.kept_steps["steps"] = _made_steps(entry.row.limits for entry in index.entries)
    return known


def _made_steps(every: Iterable[Mapping[str, Any]]) -> _Steps:
    each = [one for limits in every for one in (limits, *limits.get("operations", {}).values())]
    seeds = [limits["seed"] for limits in each if limits.get("seed")]
    return _Steps(
        prompts=sorted({0, *(limits["prompt_length"] for limits in each if limits.get("prompt_length"))}),
        negatives=sorted(
            {0, *(limits["negative_prompt_length"] for limits in each if "negative_prompt_length" in limits)}
        ),
        seeds=sorted({int(seed[end]) for seed in seeds for end in ("minimum", "maximum")}),
    )


def _place(steps: list[int], value: int) -> tuple[int, int]:
    """Between which steps a value lies; a value that is a step is told apart from those beside it."""
    return bisect_left(steps, value), bisect_right(steps, value)
