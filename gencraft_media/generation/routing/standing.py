"""Which accounts can be used now: whose circuits let requests through, and whose minute or day is full."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q, Sum
from django.utils import timezone

from gencraft_media.common.clock import from_now
from gencraft_media.common.remembered import remembered
from gencraft_media.generation.circuits import Shut, circuit_before, shut_circuits
from gencraft_media.generation.limits import UNLIMITED
from gencraft_media.generation.models import GenerationAttempt
from gencraft_media.generation.routing.offers import CIRCUIT_OPEN, QUOTA, RATE, Refusal
from gencraft_media.generation.states import AttemptState
from providers.models import ProviderAccount
from providers.selectors import BUILT_IN, RESAMPLE, accounts_for, configured_providers

_SHUT = Refusal(CIRCUIT_OPEN, "Does not answer as it should; requests are kept from it for a while.")
_SPENT = Refusal(QUOTA, "As much is spent on it today as the operators allow.")
_FULL = Refusal(RATE, "As many requests as it takes in a minute have just been sent.")


@dataclass(frozen=True)
class Standing:
    """The usable accounts of each provider, the preferred ones first, and what keeps requests from them.

    `left_today` in US dollars at the provider's price, for accounts with a limit.
    """

    accounts: Mapping[str, Sequence[ProviderAccount]]
    shut: Shut = field(default_factory=dict)
    full: frozenset[uuid.UUID] = frozenset()
    left_today: Mapping[uuid.UUID, Decimal] = field(default_factory=dict)

    @cached_property
    def mark(self) -> tuple[Any, ...]:
        """Equal while the same accounts are used and nothing keeps requests from them."""
        accounts = tuple((provider, *(row.pk for row in rows)) for provider, rows in self.accounts.items())
        return accounts, tuple(self.shut), self.full, tuple(self.left_today.items())

    @cached_property
    def is_real(self) -> bool:
        """Whether a provider beside those of the engine itself can be used."""
        return any(provider not in BUILT_IN for provider in self.accounts)

    @property
    def can_make(self) -> bool:
        """Whether any provider can be used for more than enlarging."""
        return any(provider != RESAMPLE for provider in self.accounts)

    def account_for(
        self, provider: str, model: str, provider_cost: Decimal
    ) -> tuple[ProviderAccount | None, Refusal | None]:
        """The account that would be used, and what keeps requests from it where something does."""
        accounts = self.accounts.get(provider, ())
        if not self.shut and not self.full and not self.left_today:
            return (accounts[0] if accounts else None), None
        best: tuple[ProviderAccount | None, Refusal | None] = (accounts[0] if accounts else None), _SHUT
        for account in accounts:
            hindrance = self._hindrance(account, model, provider_cost)
            if hindrance is None:
                return account, None
            if hindrance is _FULL or best[1] is _SHUT:
                best = account, hindrance
        return best

    def retry_after_s(self) -> float:
        """When the first of the circuits lets a request through, or the day is over."""
        now = timezone.now()
        times = [row.retry_at for row in self.shut.values() if row.retry_at is not None] or [_midnight(now)]
        return max(1.0, min((time - now).total_seconds() for time in times))

    def _hindrance(self, account: ProviderAccount, model: str, provider_cost: Decimal) -> Refusal | None:
        if circuit_before(account, model, self.shut) is not None:
            return _SHUT
        if self.left_today.get(account.pk, provider_cost) < provider_cost:
            return _SPENT
        return _FULL if account.pk in self.full else None


@remembered
def current_standing() -> Standing:
    """How all accounts stand, at most a second old."""
    accounts = {provider: accounts_for(provider) for provider in sorted(configured_providers())}
    full, left_today = _limits_reached([account for rows in accounts.values() for account in rows])
    return Standing(accounts, shut_circuits(), full, left_today)


def _limits_reached(
    accounts: Sequence[ProviderAccount],
) -> tuple[frozenset[uuid.UUID], dict[uuid.UUID, Decimal]]:
    """The accounts whose minute is full, and what those with a limit may still spend today."""
    by_minute = {row.pk: row.requests_per_minute for row in accounts if row.requests_per_minute != UNLIMITED}
    by_day = {row.pk: row.spend_per_day for row in accounts if row.spend_per_day != UNLIMITED}
    sent = _sent_last_minute(by_minute) if by_minute else {}
    spent = _spent_today(by_day) if by_day else {}
    full = frozenset(pk for pk, limit in by_minute.items() if sent.get(pk, 0) >= limit)
    return full, {pk: limit - spent.get(pk, Decimal(0)) for pk, limit in by_day.items()}


def _sent_last_minute(accounts: Mapping[uuid.UUID, int]) -> dict[uuid.UUID, int]:
    attempts = GenerationAttempt.objects.filter(account__in=list(accounts), submitted_at__gt=from_now(-60))
    return dict(attempts.order_by().values_list("account").annotate(total=Sum("submissions")))


def _spent_today(accounts: Mapping[uuid.UUID, Decimal]) -> dict[uuid.UUID, Decimal]:
    day = _midnight(timezone.now()) - timedelta(days=1)
    refused = Q(state__in=[AttemptState.REJECTED, AttemptState.CANCELED])
    attempts = GenerationAttempt.objects.filter(account__in=list(accounts), submitted_at__gte=day).exclude(refused)
    return defaultdict(Decimal, attempts.order_by().values_list("account").annotate(total=Sum("quoted_cost")))


def _midnight(now: datetime) -> datetime:
    """The end of the day, by universal time."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
