"""Quotas of delivered outputs, reserved before a job runs, so that concurrent requests cannot overrun them."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, F

from billing.accounts import in_transaction
from billing.errors import QuotaExceeded, ReservationMismatch
from billing.models import UNLIMITED, Plan, QuotaCounter, QuotaReservation, QuotaSettings
from billing.notices import tell_quota
from billing.periods import day_start, month_start, next_day, next_month
from billing.plans import plan_of
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.reading import Asked, Reading
from gencraft_media.common.rows import Plus, insert_rows, update_row, update_rows
from gencraft_media.common.versioned import current_settings

# Plain SQL: every admission runs it twice, behind the locks of its requester's counters.
_ADD = "UPDATE quota_counters SET reserved = reserved + %s WHERE subject = %s AND period = %s"
_COUNTED = " RETURNING reserved, delivered, told, event_count"
_NOBODY: Mapping[str, Any] = MappingProxyType({})
_RESERVED = Reading(QuotaReservation, by=["job_id"])
_RESERVED_AND_LOCKED = Reading(
    QuotaReservation, by=["job_id"], lock="self", asked={"now": Asked("{now}", DateTimeField())}
)


@dataclass(frozen=True)
class _Limit:
    """One period's counter, and the smallest limit that holds for it."""

    quota: str
    period: str
    limit: int
    resets_at: datetime


def reserve_outputs(
    *,
    owner_id: uuid.UUID,
    subject: str,
    job_id: uuid.UUID,
    units: int,
    now: datetime | None = None,
    project_id: uuid.UUID | None = None,
    requester: Mapping[str, Any] = _NOBODY,
) -> QuotaReservation:
    """Count `units` outputs against the requester until the job ends. Raises `QuotaExceeded` naming the quota.

    `now` is the database's time, where the caller has just asked for it. The job's project, where it is named, is told
    when a quota is nearly or wholly used up; `requester` says there whose.

    Call it before `hold_credits`: counters are locked before accounts, everywhere.
    """
    with in_transaction():
        limits = list(_limits(plan_of(owner_id), now or database_now()))
        periods = [limit.period for limit in limits]
        reservation = QuotaReservation(job_id=job_id, subject=subject, periods=periods, units=units)
        if not insert_rows([reservation], ignore_conflicts=True):
            return _same_reservation(job_id, subject, units)
        taken: list[tuple[_Limit, QuotaCounter]] = []
        for limit in limits:
            counter = _take(subject, limit, units)
            if counter is None:
                # Given back by hand: the caller's transaction may go on after a refusal.
                _give_back(subject, [one.period for one, _ in taken], units)
                QuotaReservation.objects.filter(pk=reservation.pk).delete()
                raise _exceeded(subject, limit, units)
            taken.append((limit, counter))
        if project_id is not None:
            _tell(taken, project_id, requester)
        return reservation


def resolve_outputs(*, job_id: uuid.UUID, delivered: int) -> QuotaReservation:
    """End a job's reservation: count what was delivered, free the rest. Once only; call it before `resolve_hold`."""
    with in_transaction():
        reservation = _RESERVED_AND_LOCKED.find(job_id)
        if reservation is None:
            raise ObjectNotFound(f"Job {job_id} reserved no outputs.")
        if reservation.resolved_at is not None:
            if reservation.delivered != delivered:
                raise ReservationMismatch
            return reservation
        if not 0 <= delivered <= reservation.units:
            raise ReservationMismatch(f"Job {job_id} reserved {reservation.units} outputs, not {delivered}.")
        reservation.delivered, reservation.resolved_at = delivered, reservation.now
        update_row(QuotaReservation, reservation.pk, {"delivered": delivered, "resolved_at": reservation.now})
        for period in reservation.periods:
            update_rows(
                QuotaCounter,
                {"reserved": Plus(-reservation.units), "delivered": Plus(delivered)},
                where={"subject": reservation.subject, "period": period},
            )
    return reservation


def _same_reservation(job_id: uuid.UUID, subject: str, units: int) -> QuotaReservation:
    reservation = _RESERVED.find(job_id)
    if reservation is None or reservation.units != units or reservation.subject != subject:
        raise ReservationMismatch
    return reservation


def _limits(plan: Plan, now: datetime) -> Iterator[_Limit]:
    # Always the day before the month: two jobs of one requester lock their counters in one order.
    settings = current_settings(QuotaSettings)
    yield _Limit("user_daily", f"day:{now:%Y-%m-%d}", settings.user_daily, next_day(day_start(now)))
    month, resets_at = f"month:{now:%Y-%m}", next_month(month_start(now))
    candidates = [("user_monthly", settings.user_monthly), (f"plan_{plan.pk}", plan.monthly_outputs)]
    limited = [candidate for candidate in candidates if candidate[1] != UNLIMITED]
    quota, limit = min(limited, key=lambda candidate: candidate[1], default=("user_monthly", UNLIMITED))
    yield _Limit(quota, month, limit, resets_at)


def _tell(taken: Sequence[tuple[_Limit, QuotaCounter]], project_id: uuid.UUID, requester: Mapping[str, Any]) -> None:
    for limit, counter in taken:
        if limit.limit != UNLIMITED:
            tell_quota(
                counter,
                quota=limit.quota,
                limit=limit.limit,
                resets_at=limit.resets_at,
                project_id=project_id,
                requester=requester,
            )


def _take(subject: str, limit: _Limit, units: int) -> QuotaCounter | None:
    """Reserve in one statement that sees every other caller's reservation, or not at all; gives the locked counter."""
    counter = _add(subject, limit, units)
    if counter is not None:
        return counter
    # No such counter yet, or it is full; somebody else may be making it at this moment, so it is asked once more.
    QuotaCounter.objects.bulk_create([QuotaCounter(subject=subject, period=limit.period)], ignore_conflicts=True)
    return _add(subject, limit, units)


def _add(subject: str, limit: _Limit, units: int) -> QuotaCounter | None:
    within = "" if limit.limit == UNLIMITED else " AND reserved + delivered <= %s"
    parameters: list[int | str] = [units, subject, limit.period, *([limit.limit - units] if within else [])]
    with connection.cursor() as cursor:
        cursor.execute(_ADD + within + _COUNTED, parameters)
        found = cursor.fetchall()
    if not found:
        return None
    reserved, delivered, told, event_count = found[0]
    return QuotaCounter(
        subject=subject,
        period=limit.period,
        reserved=reserved,
        delivered=delivered,
        told=told,
        event_count=event_count,
    )


def _give_back(subject: str, periods: list[str], units: int) -> None:
    QuotaCounter.objects.filter(subject=subject, period__in=periods).update(reserved=F("reserved") - units)


def _exceeded(subject: str, limit: _Limit, units: int) -> QuotaExceeded:
    counter = QuotaCounter.objects.get(subject=subject, period=limit.period)
    used = counter.delivered + counter.reserved
    return QuotaExceeded(
        f"The quota {limit.quota} allows {limit.limit} outputs, {used} are used or reserved, {units} more are wanted.",
        quota=limit.quota,
        limit=limit.limit,
        used=used,
        resetsAt=limit.resets_at.isoformat(),
    )
