"""Figure i: database time of each page of the dashboard over a million jobs of ninety days, on PostgreSQL.

In process, with nothing remembered between two pages. Run as a module, because it makes a database of its own.
"""

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
django.setup()

from django.db import connection  # noqa: E402 (after the set-up)
from django.test import Client  # noqa: E402

from gencraft_media.accounts.models import Project  # noqa: E402
from gencraft_media.analytics.models import LatencyDay, UsageRollup  # noqa: E402
from gencraft_media.analytics.rollups import remake, roll_up  # noqa: E402
from gencraft_media.analytics.stored import look_at_storage  # noqa: E402
from gencraft_media.common.clock import database_now  # noqa: E402
from tests.bench.million import DAYS, fill  # noqa: E402
from tests.factories import make_super_admin  # noqa: E402

TARGET_MS = 300
_ROUNDS = 3
_PATHS = (
    *(f"/admin/?period={period}" for period in ("24h", "7d", "30d", "90d")),
    "/admin/?period=90d&project={project}",
    *(f"/admin/analytics/?period={period}" for period in ("24h", "30d", "90d")),
    "/admin/analytics/?period=90d&project={project}",
    "/admin/promises/",
    *(f"/admin/analytics/csv/{table}/?period=90d" for table in ("days", "models", "projects", "users", "quotas")),
)


@contextmanager
def database_time() -> Iterator[list[float]]:
    """Seconds of every statement within the block."""
    spent: list[float] = []

    def timed(execute: Any, *call: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*call)
        finally:
            spent.append(time.perf_counter() - began)

    with connection.execute_wrapper(timed):
        yield spent


def page_ms(client: Client, path: str) -> tuple[float, int]:
    """Database time of one page, the median of some rounds, and its statements."""
    times, statements = [], 0
    for _ in range(_ROUNDS):
        with database_time() as spent:
            answer = client.get(path)
            b"".join(answer)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        times.append(sum(spent) * 1000)
        statements = len(spent)
    return statistics.median(times), statements


def seconds_of(work: Any, *arguments: Any) -> float:
    """How long one piece of work takes."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def analyze() -> None:
    """What autovacuum does by and by: tell the planner what the tables hold."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def report(jobs: int = 1_000_000) -> Iterator[str]:
    """The figure, page by page."""
    filled_s = seconds_of(fill, jobs)
    remade_s = seconds_of(remake, database_now() - DAYS)
    stored_s = seconds_of(look_at_storage)
    analyze()
    yield f"i  dashboard over {jobs:,} jobs: ms of database time a page (target {TARGET_MS})"
    sums = f"{UsageRollup.objects.count():,} sums by day, {LatencyDay.objects.count():,} of latencies"
    yield f"   rows made in {filled_s:.0f} s, all sums in {remade_s:.0f} s ({sums})"
    yield f"   storage looked at in {stored_s:.1f} s"
    yield f"   what beat does once a minute: {statistics.median(seconds_of(roll_up) for _ in range(3)) * 1000:.0f} ms"
    client = Client()
    client.force_login(make_super_admin())
    project = Project.objects.earliest("created_at").pk
    client.get("/admin/")
    worst = 0.0
    for path in _PATHS:
        found, statements = page_ms(client, path.format(project=project))
        worst = max(worst, found)
        yield f"   {found:6.1f}  {statements:3d} statements  {path.format(project='<id>')}"
    yield f"   worst page: {worst:.0f}"


def main() -> None:
    """Measure and print."""
    own_name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0)
    try:
        for line in report(int(os.environ.get("BENCH_JOBS", "1000000"))):
            print(line, flush=True)  # noqa: T201 (a command's output)
    finally:
        connection.creation.destroy_test_db(own_name, verbosity=0)


if __name__ == "__main__":
    main()
