"""The auditor: every accepted job is terminal or progressing, and its money says the same as its state.

Each comparison is one statement, and so sees one moment, whatever runs beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import (
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from billing.auditor import Finding, audit_billing
from billing.models import CreditHold, HoldResolution, MediaUsage, QuotaReservation
from gencraft_media.common.clock import database_now, from_now
from gencraft_media.generation.models import AttemptItem, GenerationAttempt, GenerationItem, GenerationJob
from gencraft_media.generation.states import TERMINAL, AttemptState, ItemStatus, JobStatus

# A live attempt this late, with nobody holding it, is stuck.
_OVERDUE_S = 120
# A job ends soon after its deadline, whatever its provider does.
_PAST_DEADLINE_S = 6 * 3600
_RECENT = timedelta(hours=24)
_LOCK = 6_271_944_310
_ENDED_JOB = Q(status__in=TERMINAL[JobStatus])
_ENDED_ITEM = Q(status__in=TERMINAL[ItemStatus])
# Below the smallest share there is: SQLite calculates in floating point.
_NOISE = Decimal("0.00000000005")
# As a list of states, which is what the index of due attempts is for.
_LIVE = Q(state__in=sorted(set(AttemptState.values) - TERMINAL[AttemptState]))


@contextmanager
def audit_turn(*, wait: bool) -> Iterator[bool]:
    """Keep other audits of this database out for the block: True; False when there is one, and nobody `wait`s.

    SQLite has no such lock: there an audit is short, and only repeats what another one finds.
    """
    if connection.vendor != "postgresql":
        yield True
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {'pg_advisory_lock' if wait else 'pg_try_advisory_lock'}(%s)", [_LOCK])
        have_it = wait or bool(cursor.fetchone()[0])
        try:
            yield have_it
        finally:
            if have_it:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def audit_engine(*, recent: bool = False) -> list[Finding]:
    """Every finding of billing's own audit and of the engine's; an empty list is a green audit.

    `recent` looks only at jobs that began or ended, and at accounts that changed, in the last 24 hours.
    """
    since = database_now() - _RECENT if recent else None
    jobs = GenerationJob.objects.filter(_changed(since))
    return [
        *(audit_billing(since) if since else audit_billing()),
        *_holds(jobs),
        *_holds_without_job(since),
        *_items(jobs, since),
        *_usage(jobs),
        *_owed(jobs),
        *_attempts(),
        *_service(since),
    ]


def _changed(since: datetime | None, job: str = "") -> Q:
    """What is of a job that began or ended since then; everything for None."""
    if since is None:
        return Q()
    return Q(**{f"{job}created_at__gte": since}) | Q(**{f"{job}completed_at__gte": since})


def _findings(invariant: str, subject: str, detail: str, rows: QuerySet[Model]) -> Iterator[Finding]:
    for pk in rows.values_list("pk", flat=True)[:1000]:
        yield Finding(invariant=invariant, subject=f"{subject} {pk}", detail=detail)


def _holds(jobs: QuerySet[GenerationJob]) -> Iterator[Finding]:
    """I5 by job: one hold each; it is open while the job is, and resolved once, at what was charged, when it ended."""
    holds = CreditHold.objects.filter(job_id=OuterRef("pk"))
    resolved = HoldResolution.objects.filter(hold__job_id=OuterRef("pk"))
    running = jobs.exclude(_ENDED_JOB)
    ended = jobs.filter(_ENDED_JOB)
    yield from _findings("I5", "job", "a job without a hold", jobs.exclude(Exists(holds)))
    yield from _findings("I5", "job", "ended with an open hold", ended.exclude(Exists(resolved)))
    yield from _findings("I5", "job", "running with a resolved hold", running.filter(Exists(resolved)))
    agreeing = resolved.filter(captured=OuterRef("credits_charged"))
    differing = ended.filter(Exists(resolved)).exclude(Exists(agreeing))
    yield from _findings("I5", "job", "charged another amount than was captured", differing)
    reserved = QuotaReservation.objects.filter(job_id=OuterRef("pk"), resolved_at__isnull=True)
    yield from _findings("quota", "job", "ended with an open reservation", ended.filter(Exists(reserved)))


def _holds_without_job(since: datetime | None) -> Iterator[Finding]:
    holds = CreditHold.objects.filter(resolution__isnull=True)
    if since is not None:
        holds = holds.filter(created_at__gte=since)
    jobs = GenerationJob.objects.filter(pk=OuterRef("job_id"))
    yield from _findings("I5", "hold", "open without a job", holds.exclude(Exists(jobs)))


def _items(jobs: QuerySet[GenerationJob], since: datetime | None) -> Iterator[Finding]:
    """A job ends when its items have, not before; a delivered item has exactly one asset's usage, others none."""
    still_open = GenerationItem.objects.filter(job=OuterRef("pk")).exclude(_ENDED_ITEM)
    ended = jobs.filter(_ENDED_JOB)
    running = jobs.exclude(_ENDED_JOB)
    yield from _findings("states", "job", "ended with open items", ended.filter(Exists(still_open)))
    yield from _findings("states", "job", "running without open items", running.exclude(Exists(still_open)))
    items = GenerationItem.objects.filter(_changed(since, "job__"))
    usage = MediaUsage.objects.filter(item_id=OuterRef("pk"))
    delivered = Q(status=ItemStatus.COMPLETED)
    unpaid = items.filter(delivered).exclude(Exists(usage))
    yield from _findings("lost charge", "item", "delivered without usage", unpaid)
    undelivered = items.exclude(delivered).filter(Exists(usage))
    yield from _findings("double charge", "item", "usage without delivery", undelivered)


def _usage(jobs: QuerySet[GenerationJob]) -> Iterator[Finding]:
    """The credits of a job's usage rows add up to what the job was charged."""
    rows = MediaUsage.objects.filter(job_id=OuterRef("pk")).order_by().values("job_id")
    used = Coalesce(Subquery(rows.annotate(total=Sum("credits_used")).values("total")), 0)
    differing = jobs.filter(_ENDED_JOB).annotate(used=used).exclude(used=F("credits_charged"))
    for job_id, charged, in_usage in differing.values_list("pk", "credits_charged", "used")[:1000]:
        yield Finding("I7", f"job {job_id}", f"charged {charged}, usage says {in_usage}")


def _owed(jobs: QuerySet[GenerationJob]) -> Iterator[Finding]:
    """A job is charged what its delivered outputs owe together, rounded up, and never more than it was quoted."""
    above = F("delivered_total") * 100 - F("credits_charged")
    charged = jobs.annotate(above=ExpressionWrapper(above, DecimalField(max_digits=24, decimal_places=12)))
    # A credit more than is owed, or a part of one less.
    differing = charged.filter(Q(above__gt=_NOISE) | Q(above__lte=_NOISE - 1))
    yield from _findings("I5", "job", "charged another amount than its outputs owe", differing)
    dearer = jobs.filter(delivered_total__gt=F("quoted_total"))
    yield from _findings("I5", "job", "its outputs owe more than was quoted", dearer)


def _attempts() -> Iterator[Finding]:
    """No live attempt is forgotten, nor does one live on long after its job should have ended."""
    live = GenerationAttempt.objects.filter(_LIVE)
    late = live.filter(next_step_at__lt=from_now(-_OVERDUE_S)).filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=from_now(-_OVERDUE_S))
    )
    for pk, state in late.values_list("pk", "state")[:1000]:
        yield Finding("progress", f"attempt {pk}", f"{state} and overdue")
    outlived = live.filter(job__deadline_at__lt=from_now(-_PAST_DEADLINE_S))
    for pk, state in outlived.values_list("pk", "state")[:1000]:
        hours = _PAST_DEADLINE_S // 3600
        yield Finding("progress", f"attempt {pk}", f"{state}, {hours} hours after the deadline of its job")


def _service(since: datetime | None) -> Iterator[Finding]:
    """No open item is without a live attempt, and none was paid for more often than its quality asked for."""
    changed = _changed(since, "job__")
    serving = GenerationAttempt.objects.filter(_LIVE, served__item=OuterRef("pk"), served__live=True)
    waiting = GenerationItem.objects.filter(changed).exclude(_ENDED_ITEM).exclude(Exists(serving))
    yield from _findings("progress", "item", "open without a live attempt", waiting)
    taken = AttemptItem.objects.filter(_changed(since, "attempt__job__"), attempt__accepted_at__isnull=False)
    by_item = taken.values("item", "item__quality_retries").annotate(n=Count("pk")).order_by()
    for row in by_item.filter(n__gt=F("item__quality_retries") + 1)[:1000]:
        yield Finding("double spend", f"item {row['item']}", f"accepted {row['n']} times by providers")
