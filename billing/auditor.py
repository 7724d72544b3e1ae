"""The auditor of money: compares what constraints cannot, and stops spending where a balance is wrong.

Each comparison is one statement, and so sees one moment, whatever runs beside it. docs/ledger.md names the invariants.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from billing.accounts import freeze
from billing.models import QuotaCounter, QuotaReservation

APPEND_ONLY_TABLES = (
    "credit_holds",
    "hold_resolutions",
    "ledger_entries",
    "media_usage",
    "price_lines",
    "provider_costs",
)

_BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)

# The balances of each account that changed since then, beside the sums they are a cache of; only rows that differ.
WRONG_BALANCES = """
WITH changed AS (
    SELECT id FROM credit_accounts WHERE created_at >= %(since)s
    UNION SELECT account_id FROM ledger_entries WHERE created_at >= %(since)s
    UNION SELECT account_id FROM credit_holds WHERE created_at >= %(since)s
    UNION SELECT h.account_id FROM hold_resolutions r JOIN credit_holds h ON h.id = r.hold_id
        WHERE r.created_at >= %(since)s
), sums AS (
    SELECT a.id, a.monthly, a.purchased, a.monthly_held, a.purchased_held,
        COALESCE((SELECT SUM(credits) FROM ledger_entries WHERE account_id = a.id AND purse = 'monthly'), 0)
            AS sum_monthly,
        COALESCE((SELECT SUM(credits) FROM ledger_entries WHERE account_id = a.id AND purse = 'purchased'), 0)
            AS sum_purchased,
        COALESCE((SELECT SUM(h.monthly) FROM credit_holds h LEFT JOIN hold_resolutions r ON r.hold_id = h.id
            WHERE h.account_id = a.id AND r.id IS NULL), 0) AS open_monthly,
        COALESCE((SELECT SUM(h.purchased) FROM credit_holds h LEFT JOIN hold_resolutions r ON r.hold_id = h.id
            WHERE h.account_id = a.id AND r.id IS NULL), 0) AS open_purchased
    FROM credit_accounts a WHERE a.id IN (SELECT id FROM changed)
)
SELECT id, monthly, sum_monthly, purchased, sum_purchased, monthly_held, open_monthly, purchased_held, open_purchased
FROM sums
WHERE monthly <> sum_monthly OR purchased <> sum_purchased
    OR monthly_held <> open_monthly OR purchased_held <> open_purchased
"""
_BALANCE_DETAIL = (
    "monthly {} (entries {}), purchased {} (entries {}), monthly held {} (holds {}), purchased held {} (holds {})"
)

# invariant, what it is about, detail, and the rows that break it: an id first, then the numbers of the detail.
CHECKS = (
    (
        "I1", "hold", "{} credits taken, its entries say {}",
        """SELECT * FROM (SELECT r.hold_id, r.captured, COALESCE((SELECT -SUM(e.credits) FROM ledger_entries e
            WHERE e.hold_id = r.hold_id AND e.kind = 'capture'), 0) AS entered
            FROM hold_resolutions r WHERE r.created_at >= %(since)s) AS compared
        WHERE captured <> entered""",
    ),
    (
        "I1", "entry", "{} credits taken without a resolution",
        """SELECT e.id, -e.credits FROM ledger_entries e LEFT JOIN hold_resolutions r ON r.hold_id = e.hold_id
        WHERE e.kind = 'capture' AND r.id IS NULL AND e.created_at >= %(since)s""",
    ),
    (
        "I2", "account", "{} credits available",
        """SELECT id, monthly - monthly_held + purchased - purchased_held FROM credit_accounts
        WHERE monthly < monthly_held OR purchased < purchased_held""",
    ),
    (
        "I3", "hold", "resolved {} times",
        """SELECT hold_id, COUNT(*) FROM hold_resolutions GROUP BY hold_id
        HAVING COUNT(*) > 1 AND MAX(created_at) >= %(since)s""",
    ),
    (
        "I4", "hold", "{} of {} credits taken, {} were held",
        """SELECT r.hold_id, r.captured, r.held, h.monthly + h.purchased
        FROM hold_resolutions r JOIN credit_holds h ON h.id = r.hold_id
        WHERE r.created_at >= %(since)s AND (r.held <> h.monthly + h.purchased OR r.captured > r.held)""",
    ),
    (
        "I5", "job", "{} credits taken, usage says {}",
        """SELECT * FROM (SELECT h.job_id, r.captured, COALESCE((SELECT SUM(u.credits_used) FROM media_usage u
            WHERE u.job_id = h.job_id), 0) AS used
            FROM hold_resolutions r JOIN credit_holds h ON h.id = r.hold_id
            WHERE r.created_at >= %(since)s) AS compared
        WHERE captured <> used""",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One broken invariant: which, of what, and how."""

    invariant: str
    subject: str
    detail: str


def audit_billing(since: datetime = _BEFORE_EVERYTHING) -> list[Finding]:
    """Every broken invariant in what changed `since` then; accounts whose balance is wrong are frozen."""
    return [*_wrong_balances(since), *_broken_checks(since), *_missing_triggers(), *_wrong_counters()]


def _wrong_balances(since: datetime) -> Iterator[Finding]:
    for row in _rows(WRONG_BALANCES, since):
        detail = _BALANCE_DETAIL.format(*row[1:])
        account_id = uuid.UUID(str(row[0]))
        freeze(account_id, f"I7: {detail}")
        yield Finding("I7", f"account {account_id}", detail)


def _broken_checks(since: datetime) -> Iterator[Finding]:
    for invariant, subject, detail, statement in CHECKS:
        for row in _rows(statement, since):
            yield Finding(invariant, f"{subject} {uuid.UUID(str(row[0]))}", detail.format(*row[1:]))


def _missing_triggers() -> Iterator[Finding]:
    if connection.vendor == "postgresql":
        present = _rows("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
    else:
        present = _rows("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    names = {name for (name,) in present}
    for table in APPEND_ONLY_TABLES:
        for event in ("update", "delete"):
            if f"{table}_refuse_{event}" not in names:
                yield Finding("I6", f"table {table}", f"nothing refuses to {event} its rows")


def _wrong_counters() -> Iterator[Finding]:
    """Quotas: a counter is the sum of its reservations. Read under the counter's lock, as writers hold it too."""
    for pk in list(QuotaCounter.objects.filter(reserved__gt=0).values_list("pk", flat=True)):
        with transaction.atomic():
            counter = QuotaCounter.objects.select_for_update().get(pk=pk)
            open_ones = QuotaReservation.objects.filter(subject=counter.subject, resolved_at=None)
            reserved = sum(one.units for one in open_ones if counter.period in one.periods)
        if reserved != counter.reserved:
            yield Finding("quota", str(counter), f"{counter.reserved} reserved, open jobs reserved {reserved}")


def _rows(statement: str, since: datetime = _BEFORE_EVERYTHING) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"since": connection.ops.adapt_datetimefield_value(since)})
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
