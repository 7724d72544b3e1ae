"""How offers are compared: four parts of 0-1 each, weighed by strategy."""

from collections.abc import Sequence
from typing import NamedTuple

from gencraft_media.generation.models import Strategy
from gencraft_media.generation.routing.offers import Offer, Ranked

# Held of a model of which too few calls are known.
ASSUMED_SUCCESS = 0.95
# How many ratings weigh as much as what was held of a model before anybody rated it.
RATINGS_FOR_HALF = 20
# Of a model of which nobody says anything.
ASSUMED_QUALITY = 0.5
_PLACES = 3


class Weights(NamedTuple):
    """How much each part counts; they add up to 1."""

    price: float
    speed: float
    quality: float
    success: float


# The cheapest and nothing else; a fast or good model that seldom delivers is neither.
WEIGHTS = {
    Strategy.CHEAPEST: Weights(price=1.0, speed=0.0, quality=0.0, success=0.0),
    Strategy.FASTEST: Weights(price=0.0, speed=0.9, quality=0.0, success=0.1),
    Strategy.BEST: Weights(price=0.0, speed=0.0, quality=0.9, success=0.1),
    Strategy.BALANCED: Weights(price=0.3, speed=0.2, quality=0.35, success=0.15),
}


def ranked(offers: Sequence[Offer], strategy: str) -> list[Ranked]:
    """Best first. Equal scores go by cost, then by name, so that the same offers always give the same order.

    Price: the lowest cost over the own one, free is 1. Speed: the shortest time over the own one.
    """
    if not offers:
        return []
    weights = WEIGHTS[Strategy(strategy)]
    lowest, shortest = float(min([offer.cost for offer in offers])), min([offer.seconds for offer in offers])
    return sorted([_scored(offer, weights, lowest, shortest) for offer in offers], key=_order)


def blended_quality(prior: float | None, rating: tuple[float, int] | None) -> float:
    """What is held of a model, moved by what users say: an average of 1-5 and how many said so."""
    held = ASSUMED_QUALITY if prior is None else prior
    if rating is None:
        return held
    average, count = rating
    return (held * RATINGS_FOR_HALF + (average - 1) / 4 * count) / (RATINGS_FOR_HALF + count)


def _scored(offer: Offer, weights: Weights, lowest: float, shortest: float) -> Ranked:
    cost, seconds, quality = float(offer.cost), offer.seconds, offer.quality
    price = lowest / cost if cost else 1.0
    speed = shortest / seconds if seconds else 1.0
    success = ASSUMED_SUCCESS if offer.success_rate is None else offer.success_rate
    by_price, by_speed, by_quality, by_success = weights
    score = price * by_price + speed * by_speed + quality * by_quality + success * by_success
    return Ranked(offer, round(score, _PLACES), price, speed, quality, success)


def _order(one: Ranked) -> tuple[object, ...]:
    offer = one.offer
    return -one.score, offer.cost, offer.provider, offer.model
