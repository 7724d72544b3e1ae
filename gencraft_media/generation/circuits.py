"""Which models and accounts requests are kept from for a while, and why."""

import uuid
from collections.abc import Mapping

from gencraft_media.common.remembered import remembered
from gencraft_media.generation.models import Circuit, CircuitState
from providers.models import ProviderAccount
from providers.selectors import accounts_for

Shut = Mapping[tuple[uuid.UUID, str], Circuit]


@remembered
def shut_circuits() -> Shut:
    """Every circuit that is not closed, by account and model; "" is the whole account."""
    return {(row.account_id, row.model): row for row in Circuit.objects.exclude(state=CircuitState.CLOSED)}


def circuit_before(account: ProviderAccount, model: str, shut: Shut | None = None) -> Circuit | None:
    """What keeps requests for `model` from going out with `account`; None: nothing."""
    known = shut_circuits() if shut is None else shut
    return known.get((account.pk, "")) or known.get((account.pk, model))


def account_open_for(provider: str, model: str) -> ProviderAccount | None:
    """The preferred account whose circuits let requests for `model` through; None: all of them are shut."""
    shut = shut_circuits()
    return next((account for account in accounts_for(provider) if circuit_before(account, model, shut) is None), None)
