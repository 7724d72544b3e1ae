"""Domain events about credits and quotas: written in the transaction that makes them true, behind the row's lock.

An event belongs to the project whose request brought it about, and to no other: an owner's projects have other members,
who may know what their own project did but not what another one did; and a copy for each project would write as many
rows behind the one lock that all of the owner's requests wait for.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.models import CreditAccount, QuotaCounter
from gencraft_media.common.events import record_event
from gencraft_media.common.rows import Plus, update_row, update_rows

_COUNTERS = uuid.UUID("5c6f4fd6-6d5e-5f0e-9b5f-2d0e9a1f7c43")
_WARNING_PERCENT = 80


def tell_low_credits(account: CreditAccount, credits: int, project_id: uuid.UUID) -> None:
    """`credits.low` when setting `credits` aside takes the locked account, as it was before, below its plan's number.

    Not again until more than that were available, be they granted or given back.
    """
    threshold, left = account.plan.low_below, account.available - credits
    if not left < threshold <= account.available:
        return
    record_event(
        subject_kind="credit_account",
        subject_id=account.pk,
        number=account.event_count + 1,
        type="credits.low",
        project_id=project_id,
        payload={
            "available": left,
            "threshold": threshold,
            "plan": account.plan_id,
            "periodEnd": account.period_end,
        },
    )
    update_row(CreditAccount, account.pk, {"event_count": Plus(1)})


def tell_quota(
    counter: QuotaCounter,
    *,
    quota: str,
    limit: int,
    resets_at: datetime,
    project_id: uuid.UUID,
    requester: Mapping[str, Any],
) -> None:
    """`quota.warning` at 80 % and `quota.reached` at all of a period's outputs, each once; `counter` is locked.

    Outputs count from when they are reserved, as for the refusal. What is given back and reserved again is no news.
    """
    used = counter.delivered + counter.reserved
    warned_at = -(-limit * _WARNING_PERCENT // 100)
    type, percent, level = (
        ("quota.reached", 100, limit) if used >= limit else ("quota.warning", _WARNING_PERCENT, warned_at)
    )
    if not counter.told < level <= used:
        return
    record_event(
        subject_kind="quota",
        # A counter has no name of this kind.
        subject_id=uuid.uuid5(_COUNTERS, f"{counter.subject} {counter.period}"),
        number=counter.event_count + 1,
        type=type,
        project_id=project_id,
        payload={
            "quota": quota,
            "period": counter.period,
            "percent": percent,
            "limit": limit,
            "used": used,
            "resetsAt": resets_at,
            **requester,
        },
    )
    update_rows(
        QuotaCounter,
        {"told": level, "event_count": Plus(1)},
        where={"subject": counter.subject, "period": counter.period},
    )
