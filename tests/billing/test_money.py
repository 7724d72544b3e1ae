"""Dollars and credits: exact, and never in favour of nobody."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import MICRO_USD, credits_for, credits_of_kth, round_total, share_of, usd, usd_of_kth

totals = st.decimals(min_value=0, max_value=5000, places=6, allow_nan=False, allow_infinity=False)


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
    share = share_of(total, count)
    assert sum(credits_of_kth(share, k) for k in range(1, count + 1)) == credits_for(total)


@given(total=totals, count=st.integers(1, 50), delivered=st.integers(0, 50))
def test_fewer_outputs_never_cost_more_than_was_held(total: Decimal, count: int, delivered: int) -> None:
    share = share_of(total, count)
    parts = [credits_of_kth(share, k) for k in range(1, min(delivered, count) + 1)]
    assert all(part >= 0 for part in parts)
    assert sum(parts) <= credits_for(total)


@given(total=totals, count=st.integers(1, 50))
def test_the_dollars_of_all_outputs_are_the_total(total: Decimal, count: int) -> None:
    share = share_of(total, count)
    assert sum(usd_of_kth(share, k) for k in range(1, count + 1)) == total
