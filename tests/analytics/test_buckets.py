"""Durations by bucket: 30 s is exact, quantiles are near."""

from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gencraft_media.analytics.buckets import BOUNDS_S, PROMISED_S, added, bucket_of, count_below, counted, quantile_s

durations = st.floats(min_value=0, max_value=20_000)


def test_thirty_seconds_are_not_under_thirty_seconds() -> None:
    counts = counted([bucket_of(29.999), bucket_of(30.0), bucket_of(30.001)])
    assert count_below(counts, PROMISED_S) == 1


@given(st.lists(durations, max_size=50))
def test_below_thirty_seconds_nothing_is_guessed(seconds: list[float]) -> None:
    counts = counted(bucket_of(one) for one in seconds)
    assert sum(counts) == len(seconds)
    assert count_below(counts, PROMISED_S) == sum(one < PROMISED_S for one in seconds)


@given(durations)
def test_a_duration_is_between_the_bounds_of_its_bucket(seconds: float) -> None:
    bucket = bucket_of(seconds)
    assert bucket == 0 or BOUNDS_S[bucket - 1] <= seconds
    assert bucket == len(BOUNDS_S) or seconds < BOUNDS_S[bucket]


@given(st.lists(st.integers(0, 128), max_size=40), st.lists(st.integers(0, 128), max_size=40))
def test_counts_add_up(some: list[int], others: list[int]) -> None:
    assert added(counted(some), counted(others)) == counted(some + others)


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_quantile_is_within_a_bucket_of_the_exact_one(share: float) -> None:
    seconds = [0.5 + 0.07 * number for number in range(1000)]
    exact = quantiles(seconds, n=100)[round(share * 100) - 1]
    found = quantile_s(counted(bucket_of(one) for one in seconds), share)
    assert found == pytest.approx(exact, rel=0.02)


def test_a_quantile_is_interpolated_in_its_bucket() -> None:
    low, high = BOUNDS_S[63], BOUNDS_S[64]
    assert quantile_s([0] * 64 + [4], 0.5) == pytest.approx((low + high) / 2)


def test_without_jobs_there_is_no_quantile() -> None:
    assert quantile_s([], 0.5) is None
