"""Durations as counts by bucket: eight buckets an octave around 30 s, so that 30 s is a bound and p95 within 9 %."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

# The promise of the specification for one standard picture; counts below it are exact.
PROMISED_S = 30.0
_AN_OCTAVE = 8
_OCTAVES = 8
# From 0.12 s to two hours; what is shorter or longer is in the first and the last bucket.
BOUNDS_S = tuple(
    PROMISED_S * 2 ** (step / _AN_OCTAVE) for step in range(-_OCTAVES * _AN_OCTAVE, _OCTAVES * _AN_OCTAVE + 1)
)


def bucket_of(seconds: float) -> int:
    """The bucket of a duration: bucket i holds `BOUNDS_S[i - 1]` up to, not including, `BOUNDS_S[i]`."""
    return bisect_right(BOUNDS_S, seconds)


def counted(buckets: Iterable[int]) -> list[int]:
    """Counts by bucket of the durations that fell into `buckets`, without trailing zeros."""
    counts: list[int] = []
    for bucket in buckets:
        counts.extend([0] * (bucket + 1 - len(counts)))
        counts[bucket] += 1
    return counts


def added(*all_counts: Sequence[int]) -> list[int]:
    """The sum of several counts."""
    total = [0] * max((len(counts) for counts in all_counts), default=0)
    for counts in all_counts:
        for bucket, count in enumerate(counts):
            total[bucket] += count
    return total


def quantile_s(counts: Sequence[int], share: float) -> float | None:
    """Within so many seconds `share` (0-1) of the jobs were done, interpolated in its bucket; None without jobs."""
    wanted = share * sum(counts)
    if not wanted:
        return None
    before = 0
    for bucket, count in enumerate(counts):
        if count and before + count >= wanted:
            low, high = _edges_s(bucket)
            return low + (high - low) * (wanted - before) / count
        before += count
    return None


def count_below(counts: Sequence[int], seconds: float) -> int:
    """How many took less than `seconds`, which is one of `BOUNDS_S`."""
    return sum(counts[: BOUNDS_S.index(seconds) + 1])


def _edges_s(bucket: int) -> tuple[float, float]:
    low = BOUNDS_S[bucket - 1] if bucket else 0.0
    high = BOUNDS_S[bucket] if bucket < len(BOUNDS_S) else BOUNDS_S[-1]
    return low, high
