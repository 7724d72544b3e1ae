"""The token bucket of each caller: one row, one statement, the same count for every web process."""

import math
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from gencraft_media.common.errors import RateLimited

_WINDOW_S = 60.0

# A lost count after a crash of the database harms nobody, so the commit does not wait for the disk:
# otherwise requests with one key would queue up behind each other's flush.
# The time is read under the row's lock, because a statement that waited for it began before the row was written.
_POSTGRESQL = {
    "now": "CLOCK_TIMESTAMP()",
    "elapsed_s": "GREATEST(0, EXTRACT(EPOCH FROM (CLOCK_TIMESTAMP() - rate_buckets.updated_at))::double precision)",
    "least": "LEAST",
    "also": ", set_config('synchronous_commit', 'off', true)",
}
_SQLITE = {
    "now": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
    "elapsed_s": "MAX(0, (JULIANDAY('now') - JULIANDAY(rate_buckets.updated_at)) * 86400.0)",
    "least": "MIN",
    "also": "",
}
_TAKE = """
    INSERT INTO rate_buckets (key, tokens, updated_at) VALUES (%s, %s - 1, {now})
    ON CONFLICT (key) DO UPDATE
    SET tokens = {least}(%s, rate_buckets.tokens + {elapsed_s} * %s) - 1, updated_at = {now}
    WHERE {least}(%s, rate_buckets.tokens + {elapsed_s} * %s) >= 1
    RETURNING tokens{also}
"""
# After the clock was set back, an empty bucket would not refill before its old time comes again.
_WIND_BACK = "UPDATE rate_buckets SET updated_at = {now} WHERE key = %s AND updated_at > {now}"


@dataclass(frozen=True)
class Allowance:
    """What is left of a caller's requests after this one."""

    limit: int
    remaining: int
    full_after_s: int
    retry_after_s: int = 0

    def headers(self) -> dict[str, str]:
        """The draft standard's headers and the older ones that client libraries read."""
        found = {
            "RateLimit-Policy": f'"requests";q={self.limit};w={_WINDOW_S:.0f}',
            "RateLimit": f'"requests";r={self.remaining};t={self.full_after_s}',
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.full_after_s),
        }
        if self.retry_after_s:
            found["Retry-After"] = str(self.retry_after_s)
        return found


class RequestsExhausted(RateLimited):
    """Too many requests with this key; wait and try again."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(retry_after_s=allowance.retry_after_s)
        self.allowance = allowance


def take_request(label: str) -> Allowance | None:
    """Count one request of the caller; None where the limit is switched off (-1).

    Raises `RequestsExhausted` when the bucket is empty.
    """
    limit: int = settings.API_REQUESTS_PER_MINUTE
    if limit < 0:
        return None
    per_second = limit / _WINDOW_S
    tokens = _take_token(label, limit, per_second)
    if tokens is None:
        raise RequestsExhausted(
            Allowance(limit, 0, full_after_s=math.ceil(_WINDOW_S), retry_after_s=max(1, math.ceil(1 / per_second)))
        )
    return Allowance(limit, math.floor(tokens), full_after_s=math.ceil((limit - tokens) / per_second))


def _take_token(label: str, limit: int, per_second: float) -> float | None:
    dialect = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    values: list[str | float] = [label, float(limit), float(limit), per_second, float(limit), per_second]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE.format(**dialect), values)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_WIND_BACK.format(**dialect), [label])
    return None if row is None else float(row[0])
