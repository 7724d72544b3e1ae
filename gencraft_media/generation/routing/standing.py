"""Which accounts can be used now: whose circuits let requests through, and whose minute or day is full."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils import timezone

from gencraft_media.common.remembered import remembered
from gencraft_media.generation.circuits import Shut, shut_circuits
from gencraft_media.generation.circuits.changes import CircuitReason
from gencraft_media.generation.circuits.reading import WHOLE_ACCOUNT
from gencraft_media.generation.limits import sent_lately, spent_today
from gencraft_media.generation.models import Circuit
from gencraft_media.generation.routing.offers import CIRCUIT_OPEN, QUOTA, RATE, Refusal
from providers.limits import UNLIMITED
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
        shut = tuple((key, row.reason) for key, row in self.shut.items())
        return accounts, shut, self.full, tuple(self.left_today.items())

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

    def retry_after_s(self, kept_back: Iterable[tuple[str, str]]) -> float:
        """When the first of the models, by provider and name, may be sent a request again.

        Its circuits let one through then at one of its accounts, or the day is over.
        """
        now = timezone.now()
        times = [
            self._again_at(account, model, now) for provider, model in kept_back for account in self.accounts[provider]
        ]
        return max(1.0, min(((time - now).total_seconds() for time in times), default=0.0))

    def _again_at(self, account: ProviderAccount, model: str, now: datetime) -> datetime:
        times = [row.retry_at for row in self._circuits(account, model)]
        return max(time or _midnight(now) for time in times) if times else _midnight(now)

    def _hindrance(self, account: ProviderAccount, model: str, provider_cost: Decimal) -> Refusal | None:
        circuits = self._circuits(account, model)
        # The time of a limit passes by itself: whoever is chosen meanwhile waits.
        if any(row.reason != CircuitReason.RATE for row in circuits):
            return _SHUT
        if self.left_today.get(account.pk, provider_cost) < provider_cost:
            return _SPENT
        return _FULL if circuits or account.pk in self.full else None

    def _circuits(self, account: ProviderAccount, model: str) -> list[Circuit]:
        """What keeps requests for a model from going out with an account: its own and the account's."""
        found = (self.shut.get((account.pk, WHOLE_ACCOUNT)), self.shut.get((account.pk, model)))
        return [row for row in found if row is not None]


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
    sent, spent = sent_lately(by_minute), spent_today(by_day)
    full = frozenset(pk for pk, limit in by_minute.items() if pk in sent and sent[pk].requests >= limit)
    return full, {pk: limit - spent.get(pk, Decimal(0)) for pk, limit in by_day.items()}


def _midnight(now: datetime) -> datetime:
    """The end of the day, by universal time."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
