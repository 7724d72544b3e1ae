"""Dollars and credits: exact, and never in favour of nobody."""

import itertools
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import MICRO_USD, credits_added, credits_for, round_total, share_of, usd, usd_added

totals = st.decimals(min_value=0, max_value=5000, places=6, allow_nan=False, allow_infinity=False)
# What is quoted, and what each delivered output owes.
Job = tuple[Decimal, list[Decimal]]


@st.composite
def mixed_jobs(draw: st.DrawFn) -> Job:
    """A job of some outputs; some of those that come are by models that step in, which may owe less."""
    total, count = draw(totals), draw(st.integers(1, 50))
    quoted = share_of(total, count)
    own = st.decimals(min_value=0, max_value=5000, places=12, allow_nan=False, allow_infinity=False)
    shares = st.lists(st.none() | own, max_size=count)
    return total, [quoted if share is None else min(quoted, share) for share in draw(shares)]


def owed_before(shares: list[Decimal]) -> list[tuple[Decimal, Decimal]]:
    """For each output what those before it owe, and what it owes itself."""
    totals_before = itertools.accumulate(shares, initial=Decimal(0))
    return list(zip(totals_before, shares, strict=False))


def credits_one_by_one(shares: list[Decimal]) -> list[int]:
    return [credits_added(before, share) for before, share in owed_before(shares)]


def dollars_one_by_one(shares: list[Decimal]) -> list[Decimal]:
    return [usd_added(before, share) for before, share in owed_before(shares)]


@pytest.mark.parametrize("value", [0.1, True, float("nan"), None])
def test_refuses_anything_that_is_not_exact(value: object) -> None:
    with pytest.raises(TypeError):
        usd(value)  # type: ignore[arg-type]


def test_refuses_amounts_that_are_no_number() -> None:
    with pytest.raises(ValueError, match="no amount"):
        usd(Decimal("NaN"))


@pytest.mark.parametrize(
    ("total", "credits"), [("0", 0), ("0.000001", 1), ("0.04", 4), ("0.040001", 5), ("0.065", 7), ("0.2475", 25)]
)
def test_a_part_of_a_credit_counts_as_a_whole_one(total: str, credits: int) -> None:
    assert credits_for(Decimal(total)) == credits


def test_refuses_a_price_below_zero() -> None:
    with pytest.raises(ValueError, match="below zero"):
        credits_for(Decimal("-0.01"))


def test_a_price_above_zero_never_rounds_to_nothing() -> None:
    assert round_total(Decimal("0.0000000001")) == MICRO_USD


@given(total=totals, count=st.integers(1, 50))
def test_the_credits_of_all_outputs_are_the_credits_of_the_total(total: Decimal, count: int) -> None:
    assert sum(credits_one_by_one([share_of(total, count)] * count)) == credits_for(total)


@given(total=totals, count=st.integers(1, 50))
def test_the_dollars_of_all_outputs_are_the_total(total: Decimal, count: int) -> None:
    assert sum(dollars_one_by_one([share_of(total, count)] * count)) == total


@given(job=mixed_jobs(), chance=st.randoms(use_true_random=False))
def test_mixed_shares_cost_their_sum_in_whatever_order_they_come(job: Job, chance: random.Random) -> None:
    _, shares = job
    chance.shuffle(shares)
    credits, dollars = credits_one_by_one(shares), dollars_one_by_one(shares)
    assert min(credits, default=0) >= 0
    assert min(dollars, default=0) >= 0
    assert sum(credits) == credits_for(sum(shares, Decimal(0)))
    assert abs(sum(dollars) - sum(shares, Decimal(0))) <= MICRO_USD / 2


@given(job=mixed_jobs())
def test_outputs_never_cost_more_than_was_held_whoever_made_them(job: Job) -> None:
    total, shares = job
    assert sum(credits_one_by_one(shares)) <= credits_for(total)
    assert sum(dollars_one_by_one(shares), Decimal(0)) <= total
