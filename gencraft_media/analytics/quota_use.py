"""Who is near the number of outputs that holds for this month."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from billing.models import UNLIMITED, CreditAccount, QuotaCounter, QuotaSettings
from gencraft_media.accounts.models import ExternalUser, Membership, User
from gencraft_media.common.versioned import current_settings

# Looked at in the order of their outputs: small plans are full with few, so these are many.
_MOST_COUNTERS = 1000


@dataclass(frozen=True)
class QuotaUse:
    """Outputs of a requester this month, those of running jobs included, and the number that holds for it."""

    requester: str
    plan: str
    used: int
    limit: int

    @property
    def share(self) -> float:
        return self.used / self.limit if self.limit else 1.0


@dataclass(frozen=True)
class _Requester:
    name: str
    # Whose plan holds.
    owner_ids: frozenset[uuid.UUID]


def quota_use(now: datetime, most: int = 8) -> list[QuotaUse]:
    """Who is nearest to this month's number, of those with the most outputs; who has none is left out.

    A member of several owners' projects is shown with the largest of their numbers.
    """
    used = F("delivered") + F("reserved")
    counters = QuotaCounter.objects.filter(period=f"month:{now:%Y-%m}").annotate(used=used).filter(used__gt=0)
    rows = list(counters.order_by("-used", "subject").values_list("subject", "used")[:_MOST_COUNTERS])
    requesters = _requesters(subject for subject, _ in rows)
    owners = {owner for requester in requesters.values() for owner in requester.owner_ids}
    accounts = CreditAccount.objects.filter(owner_id__in=owners).select_related("plan").in_bulk(field_name="owner_id")
    everybody = current_settings(QuotaSettings).user_monthly
    uses = (
        _use_of(requesters[subject], count, accounts, everybody) for subject, count in rows if subject in requesters
    )
    return sorted((use for use in uses if use is not None), key=lambda use: -use.share)[:most]


def _use_of(
    requester: _Requester, used: int, accounts: Mapping[uuid.UUID, CreditAccount], everybody: int
) -> QuotaUse | None:
    plans = [accounts[owner].plan for owner in requester.owner_ids if owner in accounts]
    numbers = [(_smaller(plan.monthly_outputs, everybody), plan.label) for plan in plans]
    if not numbers or any(number == UNLIMITED for number, _ in numbers):
        return None
    limit, plan = max(numbers)
    return QuotaUse(requester.name, plan, used, limit)


def _smaller(one: int, other: int) -> int:
    limits = [limit for limit in (one, other) if limit != UNLIMITED]
    return min(limits, default=UNLIMITED)


def _requesters(subjects: Iterable[str]) -> dict[str, _Requester]:
    by_kind: dict[str, list[uuid.UUID]] = {"user": [], "external": []}
    for subject in subjects:
        kind, _, key = subject.partition(":")
        if kind in by_kind:
            by_kind[kind].append(uuid.UUID(key))
    return {**_users(by_kind["user"]), **_external_users(by_kind["external"])}


def _users(keys: list[uuid.UUID]) -> dict[str, _Requester]:
    owners: dict[uuid.UUID, set[uuid.UUID]] = {key: set() for key in keys}
    for user_id, owner_id in Membership.objects.filter(user__in=keys).values_list("user_id", "project__owner_id"):
        owners[user_id].add(owner_id)
    names = User.objects.in_bulk(keys)
    return {f"user:{key}": _Requester(str(names.get(key, key)), frozenset(found)) for key, found in owners.items()}


def _external_users(keys: list[uuid.UUID]) -> dict[str, _Requester]:
    rows = ExternalUser.objects.filter(pk__in=keys).select_related("project")
    return {
        f"external:{row.pk}": _Requester(f"{row.external_id} of {row.project}", frozenset({row.project.owner_id}))
        for row in rows
    }
