"""Within what a model is chosen: what the request says and what the settings say, and why a model is refused."""

from decimal import Decimal

import pytest

from gencraft_media.generation.policy import RoutingPolicy
from gencraft_media.generation.routing.bounds import Bounds, bounds_of
from gencraft_media.generation.routing.gates import may_come_back, parted, refusal_of
from gencraft_media.generation.routing.offers import CIRCUIT_OPEN, QUOTA, RATE, Offer, Refusal
from gencraft_media.generation.routing.wishes import RoutingWish

SHUT, FULL = Refusal(CIRCUIT_OPEN, "Shut."), Refusal(RATE, "Full.")


def offer(name: str, *, cost: str = "0.04", seconds: float = 10.0, hindrance: Refusal | None = None) -> Offer:
    """An offer of provider `p`."""
    return Offer("p", name, f"p/{name}", Decimal(cost), 4, seconds, 0.5, hindrance=hindrance)


def test_a_request_that_says_nothing_is_bound_by_the_settings() -> None:
    policy = RoutingPolicy(strategy="best", max_cost=Decimal(1), max_seconds=30, allow=("p",), deny=("q",))
    assert bounds_of(RoutingWish(), policy) == Bounds("best", Decimal(1), 30, (frozenset({"p"}),), frozenset({"q"}))


@pytest.mark.parametrize(("said", "settings", "holds"), [(1, 2, 1), (2, 1, 1), (None, 1, 1), (1, None, 1)])
def test_the_lower_limit_holds(said: int | None, settings: int | None, holds: int) -> None:
    wish = RoutingWish(max_cost=said if said is None else Decimal(said), max_seconds=said)
    policy = RoutingPolicy(max_cost=settings if settings is None else Decimal(settings), max_seconds=settings)
    bounds = bounds_of(wish, policy)
    assert bounds.max_cost == bounds.max_seconds == holds


def test_denials_add_up_and_the_settings_allowance_is_not_widened() -> None:
    wish = RoutingWish(allow=("p", "q"), deny=("p/a",))
    bounds = bounds_of(wish, RoutingPolicy(allow=("p",), deny=("p/b",)))
    allowed = [name for name in ("p/a", "p/b", "p/c", "q/a") if bounds.allows(name[0], name)]
    assert allowed == ["p/c"]


def test_a_name_stands_for_what_the_catalogue_means_by_it() -> None:
    bounds = bounds_of(RoutingWish(deny=("p/old",)), RoutingPolicy(), {"p/old": frozenset({"p/old", "p/new"})})
    assert not bounds.allows("p", "p/new")


def test_custom_is_every_server_of_the_operators_own() -> None:
    bounds = bounds_of(RoutingWish(allow=("custom",)), RoutingPolicy())
    assert bounds.allows("lab", "lab/model", custom=True)
    assert not bounds.allows("p", "p/a")


def test_a_limit_is_kept_by_what_just_reaches_it() -> None:
    bounds = Bounds(max_cost=Decimal("0.04"), max_seconds=10)
    assert refusal_of(offer("a"), bounds) is None
    assert refusal_of(offer("a", cost="0.040001"), bounds) == (
        "price", "Costs more than the 0.04 US dollars that are allowed.",
    )  # fmt: skip
    assert refusal_of(offer("a", seconds=10.1), bounds) == ("time", "Takes longer than the 10 s that are allowed.")


def test_bounds_are_told_before_what_passes_by_itself() -> None:
    shut = offer("a", cost="1", hindrance=SHUT)
    assert refusal_of(shut, Bounds(max_cost=Decimal("0.5"))) != SHUT
    assert refusal_of(shut, Bounds()) == SHUT


def test_a_model_whose_minute_is_full_waits_only_where_no_other_can_serve() -> None:
    free, full, shut = offer("free"), offer("full", hindrance=FULL), offer("shut", hindrance=SHUT)
    assert parted([full, free, shut], Bounds()) == ([free], [(full, FULL), (shut, SHUT)])
    assert parted([full, shut], Bounds()) == ([full], [(shut, SHUT)])
    assert parted([shut], Bounds()) == ([], [(shut, SHUT)])


def test_only_what_passes_by_itself_may_come_back() -> None:
    assert may_come_back([(offer("a"), SHUT)])
    assert may_come_back([(offer("a"), Refusal(QUOTA, "Spent."))])
    assert not may_come_back([(offer("a"), Refusal("price", "Dear."))])
