"""A choice that the client made: obeyed or refused, without looking at any other model."""

from dataclasses import replace

from billing.errors import PriceUnknown
from gencraft_media.common.errors import GenCraftError, InvalidRequest
from gencraft_media.generation.errors import NoRoute
from gencraft_media.generation.routing.bounds import Bounds
from gencraft_media.generation.routing.choice import Choice
from gencraft_media.generation.routing.gates import refusal_of
from gencraft_media.generation.routing.index import current_index, entry_of
from gencraft_media.generation.routing.names import find_named
from gencraft_media.generation.routing.offers import PASSING, Refusal
from gencraft_media.generation.routing.receipts import DEFAULT, NAMED, USUAL, told_refusals
from gencraft_media.generation.routing.scores import ranked
from gencraft_media.generation.routing.shapes import Term
from gencraft_media.generation.routing.standing import current_standing
from gencraft_media.generation.routing.survey import NOT_ALLOWED, offer_of
from gencraft_media.generation.routing.terms import Asked, fitted_to, quote_of
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.errors import OptionUnsupported
from providers.registry import adapter_for
from providers.selectors import Found, resolve_model

_HINDERED = "{name} cannot be used at the moment; the job waits for it, at most until its deadline."


def choose_named(wish: RoutingWish, bounds: Bounds, asked: Asked) -> Choice:
    """The one model that the request names. Raises what keeps it from being used, but for what passes by itself."""
    found = model_named(wish, asked.operation)
    adapter_for(found.model)
    return terms_of(found, bounds, asked)


def model_named(wish: RoutingWish, operation: str) -> Found:
    """The one model that a request names, or the default of the one provider. Raises what `resolve_model` raises."""
    if wish.model is None and wish.is_explicit:
        return find_named(wish.providers[0], operation=operation)
    return resolve_model(wish.providers[0] if wish.providers else None, wish.model, operation=operation)


def terms_of(found: Found, bounds: Bounds, asked: Asked) -> Choice:
    """The model on its terms, with an account or without. Raises `NoRoute` for a bound that it does not keep."""
    choice = _choice_of(found, bounds, asked, reason=NAMED)
    offer = choice.ranking[0].offer
    refusal = refusal_of(offer, bounds)
    if refusal is None:
        return choice
    if refusal.code not in PASSING:
        raise _refused(offer.name, refusal)
    return replace(choice, warnings=[_HINDERED.format(name=offer.name)])


def choose_default(wish: RoutingWish, bounds: Bounds, asked: Asked) -> Choice | None:
    """The default model of the one provider that is named; None where another of its models has to step in."""
    found = resolve_model(wish.providers[0], None, operation=asked.operation)
    adapter_for(found.model)
    try:
        choice = _choice_of(found, bounds, asked, reason=DEFAULT)
    except (OptionUnsupported, InvalidRequest, PriceUnknown, NoRoute):
        return None
    if refusal_of(choice.ranking[0].offer, bounds) is not None:
        return None
    others = [entry for entry in current_index().line(asked.operation).able if entry.provider == wish.providers[0]]
    return replace(choice, has_others=any(entry.row.pk != found.model.pk for entry in others))


def choose_usual(name: str, bounds: Bounds, asked: Asked) -> Choice | None:
    """The default model of the settings, by `provider/model`; None where another model has to step in."""
    try:
        found = find_named(name, operation=asked.operation)
        adapter_for(found.model)
        choice = _choice_of(found, bounds, asked, reason=USUAL)
    except GenCraftError:
        # Whatever keeps it from being used: the request does not name it.
        return None
    if refusal_of(choice.ranking[0].offer, bounds) is not None:
        return None
    others = current_index().line(asked.operation).able
    return replace(choice, has_others=any(entry.row.pk != found.model.pk for entry in others))


def _choice_of(found: Found, bounds: Bounds, asked: Asked, *, reason: str) -> Choice:
    row, entry = found.model, entry_of(found.model)
    if not bounds.allows(entry.provider, entry.name, custom=entry.custom):
        raise _refused(entry.name, NOT_ALLOWED)
    operation, fitted = fitted_to(row, asked, in_place_of=found.in_place_of)
    quote = quote_of(row, operation, fitted, count=asked.wanted.count, units=asked.units)
    standing = current_standing()
    term = Term(None, quote.total, quote.credits, quote.provider_cost, len(fitted.adaptations))
    offer = offer_of(entry, term, asked.operation, standing)
    account, _ = standing.account_for(entry.provider, entry.model, quote.provider_cost)
    return Choice(
        row=row,
        account=account,
        operation=operation,
        fitted=fitted,
        quote=quote,
        bounds=bounds,
        reason=reason,
        ranking=ranked([offer], bounds.strategy),
    )


def _refused(name: str, refusal: Refusal) -> NoRoute:
    return NoRoute(f"{name} cannot serve this request. {refusal.reason}", refused=told_refusals([(refusal, name)]))
