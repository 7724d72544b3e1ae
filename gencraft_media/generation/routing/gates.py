"""What keeps a model from being chosen, in the order in which it is asked."""

from collections.abc import Sequence

from gencraft_media.generation.routing.bounds import Bounds
from gencraft_media.generation.routing.offers import PASSING, PRICE, RATE, TIME, Offer, Refusal


def refusal_of(offer: Offer, bounds: Bounds) -> Refusal | None:
    """What of the request's bounds a model does not keep, or what keeps requests from it now; None: nothing."""
    if bounds.max_cost is not None and offer.cost > bounds.max_cost:
        return Refusal(PRICE, f"Costs more than the {bounds.max_cost:f} US dollars that are allowed.")
    if bounds.max_seconds is not None and offer.seconds > bounds.max_seconds:
        return Refusal(TIME, f"Takes longer than the {bounds.max_seconds:g} s that are allowed.")
    return offer.hindrance


def parted(offers: Sequence[Offer], bounds: Bounds) -> tuple[list[Offer], list[tuple[Offer, Refusal]]]:
    """Those among which is chosen, and those refused.

    A model that is only at its requests a minute is refused while another one can serve: else it is chosen and waits.
    """
    able, refused = [], []
    for offer in offers:
        refusal = refusal_of(offer, bounds)
        if refusal is None:
            able.append(offer)
        else:
            refused.append((offer, refusal))
    if able:
        return able, refused
    waiting = [offer for offer, refusal in refused if refusal.code == RATE]
    return waiting, [(offer, refusal) for offer, refusal in refused if refusal.code != RATE]


def may_come_back(refused: Sequence[tuple[Offer, Refusal]]) -> bool:
    """Whether time alone would make one of them a candidate."""
    return any(refusal.code in PASSING for _, refusal in refused)
