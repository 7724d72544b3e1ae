"""How offers are compared: the parts, the weights, and what decides between equals."""

import random
from decimal import Decimal
from typing import Any

import pytest

from gencraft_media.generation.models import Strategy
from gencraft_media.generation.routing.offers import Offer
from gencraft_media.generation.routing.scores import ASSUMED_SUCCESS, WEIGHTS, blended_quality, ranked


def offer(name: str, cost: str = "0.04", seconds: float = 10.0, quality: float = 0.5, **more: Any) -> Offer:
    """An offer of provider `p`."""
    return Offer("p", name, f"p/{name}", Decimal(cost), 4, seconds, quality, **more)


def names(offers: list[Offer], strategy: str) -> list[str]:
    """The models in the order of their scores."""
    return [one.offer.model for one in ranked(offers, strategy)]


def test_every_strategy_weighs_its_parts_to_one() -> None:
    assert set(WEIGHTS) == set(Strategy)
    assert all(sum(weights) == pytest.approx(1) for weights in WEIGHTS.values())


@pytest.mark.parametrize(
    ("strategy", "first"), [("cheapest", "cheap"), ("fastest", "quick"), ("best", "fine"), ("balanced", "middling")]
)
def test_each_strategy_puts_first_what_it_is_named_for(strategy: str, first: str) -> None:
    offers = [
        offer("cheap", cost="0.01", seconds=60, quality=0.1),
        offer("quick", cost="0.20", seconds=1, quality=0.1),
        offer("fine", cost="0.20", seconds=60, quality=0.95),
        offer("middling", cost="0.012", seconds=3, quality=0.8),
    ]
    assert names(offers, strategy)[0] == first


def test_the_cheapest_is_the_cheapest_however_small_the_difference() -> None:
    offers = [offer("fine", cost="0.040001", quality=1.0, seconds=0.1), offer("poor", cost="0.04", quality=0.0)]
    assert names(offers, "cheapest") == ["poor", "fine"]


def test_what_is_free_has_the_full_part_of_the_price_and_beside_it_nothing_has_any() -> None:
    free, paid = ranked([offer("paid"), offer("free", cost="0")], "cheapest")
    assert (free.offer.model, free.price, paid.price) == ("free", 1.0, 0.0)


def test_a_model_that_seldom_delivers_is_not_the_fastest() -> None:
    quick = offer("quick", seconds=9.5, success_rate=0.2)
    assert names([quick, offer("sure", success_rate=1.0)], "fastest") == ["sure", "quick"]


def test_a_model_of_which_nothing_is_known_is_held_to_deliver_as_most_do() -> None:
    assert ranked([offer("new")], "balanced")[0].success == ASSUMED_SUCCESS


def test_equals_go_by_cost_then_by_name() -> None:
    offers = [offer("b", cost="0"), offer("a", cost="0"), offer("c", cost="0")]
    assert names(offers, "best") == ["a", "b", "c"]
    dear, cheap = offer("a", cost="0.05"), offer("b", cost="0.04")
    assert names([dear, cheap], "best") == ["b", "a"]


def test_the_order_in_which_offers_come_changes_nothing() -> None:
    chance = random.Random(7)
    offers = [
        offer(f"m{number}", cost=f"0.0{chance.randrange(1, 5)}", seconds=chance.randrange(1, 4), quality=0.5)
        for number in range(40)
    ]
    expected = {strategy: names(offers, strategy) for strategy in Strategy}
    for _ in range(20):
        chance.shuffle(offers)
        assert {strategy: names(offers, strategy) for strategy in Strategy} == expected


@pytest.mark.parametrize(
    ("prior", "rating", "quality"),
    [
        (None, None, 0.5),
        (0.8, None, 0.8),
        # As many ratings as the prior weighs: half way.
        (0.8, (1.0, 20), 0.4),
        (0.2, (5.0, 20), 0.6),
        (None, (5.0, 180), 0.95),
    ],
)
def test_ratings_move_what_was_held_of_a_model(
    prior: float | None, rating: tuple[float, int] | None, quality: float
) -> None:
    assert blended_quality(prior, rating) == pytest.approx(quality)
