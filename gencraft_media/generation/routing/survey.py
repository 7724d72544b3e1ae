"""What every model that may be chosen offers for a request, and why the others do not."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from assets.ratings import ratings_by_model
from gencraft_media.generation.history import TrackRecord, track_records
from gencraft_media.generation.routing.bounds import Bounds
from gencraft_media.generation.routing.index import Entry, Index, Refused
from gencraft_media.generation.routing.offers import NOT_CONFIGURED, POLICY, TRIED, Offer, Refusal
from gencraft_media.generation.routing.scores import blended_quality
from gencraft_media.generation.routing.shapes import Term, Terms, kept_terms
from gencraft_media.generation.routing.standing import Standing
from gencraft_media.generation.routing.terms import Asked
from providers.selectors import SIM, done_as

_NO_KEY = Refusal(NOT_CONFIGURED, "Has no account that can be used.")
NOT_ALLOWED = Refusal(POLICY, "Is left out by the lists of what is allowed and denied.")
SIMULATED = Refusal(POLICY, "The simulator is only named, never chosen, once another provider can be used.")
_TRIED = Refusal(TRIED, "Was tried already.")


_NO_RECORD = TrackRecord()


@dataclass
class Survey:
    """Those that are able, and the others with the reason of each."""

    offers: list[Offer]
    refused: list[Refused]


def survey_of(
    entries: Iterable[Entry],
    asked: Asked,
    *,
    index: Index,
    bounds: Bounds,
    standing: Standing,
    excluded: Collection[str] = (),
    any_sim: bool = False,
) -> Survey:
    """Ask every model. `any_sim`: the simulator was named, so it may be chosen."""
    offers: list[Offer] = []
    refused: list[Refused] = []
    may_serve = _early(bounds, standing, excluded, no_sim=standing.is_real and not any_sim)
    terms = kept_terms(index, asked)
    known = _known_offers(terms, standing)
    for entry in entries:
        refusal = may_serve(entry)
        if refusal is None:
            offer = known.get(entry.name)
            if offer is None:
                term = terms.of(entry)
                refusal = term.refusal
                if refusal is None:
                    offer = known[entry.name] = offer_of(entry, term, asked.operation, standing)
            if offer is not None:
                offers.append(offer)
                continue
        if refusal is not None:
            refused.append((refusal, entry.name))
    return Survey(offers, refused)


def offer_of(entry: Entry, term: Term, operation: str, standing: Standing) -> Offer:
    """What a model offers, with what is known of it."""
    provider, model = entry.provider, entry.model
    account, hindrance = standing.account_for(provider, model, term.provider_cost)
    done = done_as(entry.row, operation)
    records = track_records()
    record = records.get((provider, model, done, account.pk if account else None))
    record = record or records.get((provider, model, done, None), _NO_RECORD)
    return Offer(
        provider=provider,
        model=model,
        name=entry.name,
        cost=term.cost,
        credits=term.credits,
        seconds=entry.usual_seconds if record.seconds is None else round(record.seconds, 1),
        quality=blended_quality(entry.prior, ratings_by_model().get((provider, model))),
        success_rate=record.success_rate,
        adaptations=term.adaptations,
        hindrance=hindrance,
    )


def _known_offers(terms: Terms, standing: Standing) -> dict[str, Offer]:
    """What the models offered to the last request of this shape, as long as nothing else was learned of any."""
    mark = (track_records(), ratings_by_model(), standing.mark)
    before = terms.offers_mark
    if not before or before[0] is not mark[0] or before[1] is not mark[1] or before[2] != mark[2]:
        terms.offers, terms.offers_mark = {}, mark
    return terms.offers


def _early(
    bounds: Bounds, standing: Standing, excluded: Collection[str], *, no_sim: bool
) -> Callable[[Entry], Refusal | None]:
    """What is known of a model without looking at the request: why it may not serve."""
    is_open = not bounds.allow and not bounds.deny
    accounts = standing.accounts

    def refusal(entry: Entry) -> Refusal | None:
        if not is_open and not bounds.allows(entry.provider, entry.name, custom=entry.custom):
            return NOT_ALLOWED
        if no_sim and entry.provider == SIM:
            return SIMULATED
        if entry.provider not in accounts:
            return _NO_KEY
        return _TRIED if entry.name in excluded else None

    return refusal


def grouped(refused: Sequence[Refused]) -> list[tuple[Refusal, list[str]]]:
    """The refused by their reason, in the order in which the reasons came up first."""
    groups: dict[Refusal, list[str]] = {}
    for refusal, name in refused:
        groups.setdefault(refusal, []).append(name)
    return list(groups.items())
