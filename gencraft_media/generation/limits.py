"""What a provider account allows at once, a minute and a day, counted from attempt rows: a crash leaks no slot."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Min, Q, Sum

from gencraft_media.common.clock import database_now, from_now
from gencraft_media.generation.circuits.gate import let_out, may_be_kept_back, wait_before, wait_now
from gencraft_media.generation.circuits.reading import circuits_not_closed
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.limits import UNLIMITED, lock_account
from providers.models import ProviderAccount

# A limit may be raised, and whoever waits should notice.
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.1, 15.0
SLOTS, RATE, SPEND, CIRCUIT = "slots", "rate", "spend", "circuit"
IN_PROVIDER = (AttemptState.SUBMITTING, AttemptState.UNKNOWN, AttemptState.ACCEPTED)
# The provider counts its minute when requests arrive, we count ours when they are meant to go out: one that was late on
# its way and one that was not lie closer together there. Measured in docs/circuits.md.
MINUTE_S = 63.0


@dataclass(frozen=True)
class Wait:
    """Why an attempt may not go out now, and after how many seconds to ask again."""

    seconds: float
    reason: str


def is_limited(account: ProviderAccount | None) -> bool:
    """Whether the account has any limit to count."""
    return account is not None and (
        account.requests_per_minute != UNLIMITED
        or account.concurrent_requests != UNLIMITED
        or account.spend_per_day != UNLIMITED
    )


def wait_for_slot(attempt: GenerationAttempt) -> Wait | None:
    """None when the attempt may go out now, else what it has to wait for.

    Locks the provider-account row to the end of the caller's transaction, so that all workers count one after another,
    and one of them all is let out to probe an open circuit: the caller sends it, or rolls back.
    """
    if attempt.account is None or not (is_limited(attempt.account) or may_be_kept_back(attempt)):
        return None
    account = lock_account(attempt.account.pk)
    circuits, now = list(circuits_not_closed(account.pk, attempt.model)), database_now()
    wait_s = wait_before(circuits, attempt, now)
    if wait_s is not None:
        return Wait(wait_s, CIRCUIT)
    wait = _wait_for_limits(account, attempt)
    if wait is None:
        let_out(circuits, attempt, now)
    return wait


def wait_ahead(attempt: GenerationAttempt) -> Wait | None:
    """A look at the same without a lock, before files are fetched and uploaded for a request that may not go out.

    None decides nothing. Limits are counted only for requests with files.
    """
    wait_s = wait_now(attempt)
    if wait_s is not None:
        return Wait(wait_s, CIRCUIT)
    if attempt.account is None or not (attempt.params.get("inputs") and is_limited(attempt.account)):
        return None
    return _wait_for_limits(attempt.account, attempt)


def _wait_for_limits(account: ProviderAccount, attempt: GenerationAttempt) -> Wait | None:
    if account.concurrent_requests != UNLIMITED and in_provider(account) >= account.concurrent_requests:
        return Wait(0.0, SLOTS)
    full_s = _minute_is_full_for(account)
    if full_s is not None:
        return Wait(full_s, RATE)
    if account.spend_per_day != UNLIMITED and _would_overspend(account, attempt):
        return Wait(60.0, SPEND)
    return None


def wait_to_ask_again(attempt: GenerationAttempt) -> float | None:
    """As `wait_for_slot`, for a repeat under the same key: its slot and its money were counted the first time."""
    if attempt.account is None or attempt.account.requests_per_minute == UNLIMITED:
        return None
    return _minute_is_full_for(lock_account(attempt.account.pk))


def in_provider(account: ProviderAccount) -> int:
    """How many requests the provider has of us on this account, or may have."""
    return GenerationAttempt.objects.filter(account=account, state__in=IN_PROVIDER).count()


def _minute_is_full_for(account: ProviderAccount) -> float | None:
    """For how many seconds the account has no request of this minute left; None: it has one."""
    if account.requests_per_minute == UNLIMITED:
        return None
    sent = sent_lately([account.pk]).get(account.pk)
    if (sent.requests if sent else 0) < account.requests_per_minute:
        return None
    passed_s = (database_now() - sent.oldest).total_seconds() if sent else 0.0
    return min(max(MINUTE_S - passed_s, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)


class Sent(NamedTuple):
    """What went out with an account within the last minute: how many requests, and when the first of them."""

    requests: int
    oldest: datetime


def sent_lately(accounts: Collection[uuid.UUID]) -> dict[uuid.UUID, Sent]:
    """By account; those that sent nothing are left out. Repeats count for the minute of the latest one: too many
    rather than too few.
    """
    if not accounts:
        return {}
    lately = GenerationAttempt.objects.filter(account__in=list(accounts), submitted_at__gt=from_now(-MINUTE_S))
    counted = lately.order_by().values_list("account").annotate(Sum("submissions"), Min("submitted_at"))
    return {account_id: Sent(int(requests or 0), oldest) for account_id, requests, oldest in counted}


def spent_today(accounts: Collection[uuid.UUID]) -> dict[uuid.UUID, Decimal]:
    """What accounts cost us today, by universal time, in US dollars; those that cost nothing are left out."""
    if not accounts:
        return {}
    midnight = database_now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    refused = Q(state__in=[AttemptState.REJECTED, AttemptState.CANCELED])
    today = GenerationAttempt.objects.filter(account__in=list(accounts), submitted_at__gte=midnight).exclude(refused)
    return dict(today.order_by().values_list("account").annotate(Sum("quoted_cost")))


def _would_overspend(account: ProviderAccount, attempt: GenerationAttempt) -> bool:
    spent = spent_today([account.pk]).get(account.pk, Decimal(0))
    return spent + attempt.quoted_cost > account.spend_per_day
