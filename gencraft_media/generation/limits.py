"""What a provider account allows at once, a minute and a day, counted from attempt rows: a crash leaks no slot."""

from dataclasses import dataclass
from datetime import UTC

from django.db.models import Q, Sum

from gencraft_media.common.clock import database_now, from_now
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.states import AttemptState
from providers.limits import lock_account
from providers.models import ProviderAccount

UNLIMITED = -1
SLOTS, RATE, SPEND, CIRCUIT = "slots", "rate", "spend", "circuit"
IN_PROVIDER = (AttemptState.SUBMITTING, AttemptState.UNKNOWN, AttemptState.ACCEPTED)


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

    Locks the provider-account row to the end of the caller's transaction, so that all workers count one after another.
    """
    if attempt.account is None or not is_limited(attempt.account):
        return None
    account = lock_account(attempt.account.pk)
    if account.concurrent_requests != UNLIMITED and in_provider(account) >= account.concurrent_requests:
        return Wait(0.0, SLOTS)
    if _minute_is_full(account):
        return Wait(1.0, RATE)
    if account.spend_per_day != UNLIMITED and _would_overspend(account, attempt):
        return Wait(60.0, SPEND)
    return None


def wait_to_ask_again(attempt: GenerationAttempt) -> float | None:
    """As `wait_for_slot`, for a repeat under the same key: its slot and its money were counted the first time."""
    if attempt.account is None or attempt.account.requests_per_minute == UNLIMITED:
        return None
    return 1.0 if _minute_is_full(lock_account(attempt.account.pk)) else None


def in_provider(account: ProviderAccount) -> int:
    """How many requests the provider has of us on this account, or may have."""
    return GenerationAttempt.objects.filter(account=account, state__in=IN_PROVIDER).count()


def _minute_is_full(account: ProviderAccount) -> bool:
    if account.requests_per_minute == UNLIMITED:
        return False
    # Repeats count for the minute of the latest one: too many rather than too few.
    last_minute = GenerationAttempt.objects.filter(account=account, submitted_at__gt=from_now(-60))
    sent = last_minute.aggregate(total=Sum("submissions"))["total"]
    return (sent or 0) >= account.requests_per_minute


def _would_overspend(account: ProviderAccount, attempt: GenerationAttempt) -> bool:
    midnight = database_now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    refused = Q(state__in=[AttemptState.REJECTED, AttemptState.CANCELED])
    spent = (
        GenerationAttempt.objects.filter(account=account, submitted_at__gte=midnight)
        .exclude(refused)
        .aggregate(total=Sum("quoted_cost"))["total"]
    )
    return (spent or 0) + attempt.quoted_cost > account.spend_per_day
