"""A choice among models by their scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from billing.quotes import Quote
from gencraft_media.generation.hooks.asking import Note
from gencraft_media.generation.hooks.routing import ranked_by_hook
from gencraft_media.generation.hooks.targets import HookName, hook_for
from gencraft_media.generation.routing.bounds import Bounds
from gencraft_media.generation.routing.gates import may_come_back, parted
from gencraft_media.generation.routing.index import Entry, Index, Refused
from gencraft_media.generation.routing.names import pool_for
from gencraft_media.generation.routing.offers import PASSING, Ranked
from gencraft_media.generation.routing.receipts import reason_for, told_candidate
from gencraft_media.generation.routing.scores import ranked
from gencraft_media.generation.routing.standing import current_standing
from gencraft_media.generation.routing.survey import survey_of
from gencraft_media.generation.routing.terms import Asked, fitted_to, quote_of
from gencraft_media.generation.routing.unroutable import error_for
from gencraft_media.generation.routing.wishes import RoutingWish
from providers.fitting import Fitted
from providers.models import ProviderAccount, ProviderModel
from providers.selectors import SIM

BY_HOOK = "The operator's own router puts it first."
_WAITS = "As many requests as {name} takes in a minute have just been sent: this one waits."


@dataclass(frozen=True)
class Choice:
    """The model that was chosen, the request fitted to it and its price, and what the receipt is made of."""

    row: ProviderModel
    account: ProviderAccount | None
    operation: str
    fitted: Fitted
    quote: Quote
    bounds: Bounds
    reason: str
    ranking: Sequence[Ranked] = ()
    refused: Sequence[Refused] = ()
    warnings: Sequence[str] = ()
    note: Note | None = None
    # Whether another model could take its place, now or later.
    has_others: bool = False
    # The rows of the ranking, by `provider/model`.
    rows: Mapping[str, Entry] = field(default_factory=dict)


def choose(wish: RoutingWish, bounds: Bounds, asked: Asked, *, index: Index, excluded: Collection[str] = ()) -> Choice:
    """The best of all that may serve a request. Raises what `error_for` gives where there is none."""
    standing = current_standing()
    entries, unable = pool_for(wish, index, asked.operation)
    found = survey_of(
        entries,
        asked,
        index=index,
        bounds=bounds,
        standing=standing,
        excluded=excluded,
        any_sim=any(name.partition("/")[0] == SIM for name in wish.providers),
    )
    able, hindered = parted(found.offers, bounds)
    refused = [*found.refused, *((refusal, offer.name) for offer, refusal in hindered)]
    if not able:
        raise error_for(
            asked,
            unable=unable,
            refused=refused,
            entries=entries,
            any_configured=standing.can_make,
            retry_after_s=standing.retry_after_s(
                (offer.provider, offer.model) for offer, refusal in hindered if refusal.code in PASSING
            ),
        )
    own = ranked(able, bounds.strategy)
    ranking, note = _asked_hook(own, asked, bounds)
    best, by_name = ranking[0].offer, {entry.name: entry for entry in entries}
    row = by_name[best.name].row
    operation, fitted = fitted_to(row, asked)
    quote = quote_of(row, operation, fitted, count=asked.wanted.count, units=asked.units)
    account, _ = standing.account_for(best.provider, best.model, quote.provider_cost)
    return Choice(
        row=row,
        account=account,
        operation=operation,
        fitted=fitted,
        quote=quote,
        bounds=bounds,
        reason=BY_HOOK if ranking[0] is not own[0] else reason_for(bounds.strategy, len(ranking)),
        ranking=ranking,
        refused=[*refused, *unable],
        warnings=[_WAITS.format(name=best.name)] if best.hindrance else [],
        note=note,
        has_others=len(ranking) > 1 or may_come_back(hindered),
        rows=by_name,
    )


def _asked_hook(ranking: list[Ranked], asked: Asked, bounds: Bounds) -> tuple[list[Ranked], Note | None]:
    """The ranking as the operator's own router has it, where there is one."""
    if hook_for(HookName.ROUTER) is None:
        return ranking, None
    by_name = {one.offer.name: one for one in ranking}
    names, note = ranked_by_hook(
        [told_candidate(one) for one in ranking],
        operation=asked.operation,
        count=asked.wanted.count,
        strategy=bounds.strategy,
    )
    return [by_name[name] for name in names], note
