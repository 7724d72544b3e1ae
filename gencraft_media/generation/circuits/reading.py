"""Which circuits keep requests back now. Read by whoever chooses a model or an account."""

import uuid
from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from gencraft_media.common.remembered import remembered
from gencraft_media.generation.models import Circuit, CircuitState
from providers.models import ProviderAccount
from providers.selectors import accounts_for

Shut = Mapping[tuple[uuid.UUID, str], Circuit]
WHOLE_ACCOUNT = ""
_NOT_CLOSED = [CircuitState.OPEN, CircuitState.HALF_OPEN]
# Where its time to be tried again has come, the next request is let out, so it has to be chosen for one.
_KEEPS_BACK = Q(state=CircuitState.HALF_OPEN) | Q(state=CircuitState.OPEN) & (Q(retry_at=None) | Q(retry_at__gt=Now()))


@remembered
def shut_circuits() -> Shut:
    """Every circuit that lets nothing out now, by account and model; "" is the whole account."""
    return {(row.account_id, row.model): row for row in Circuit.objects.filter(_KEEPS_BACK)}


def circuit_before(account: ProviderAccount, model: str, shut: Shut | None = None) -> Circuit | None:
    """What keeps requests for `model` from going out with `account`; None: nothing."""
    known = shut_circuits() if shut is None else shut
    return known.get((account.pk, WHOLE_ACCOUNT)) or known.get((account.pk, model))


def account_open_for(provider: str, model: str) -> ProviderAccount | None:
    """The preferred account whose circuits let requests for `model` through; None: all of them are shut."""
    shut = shut_circuits()
    return next((account for account in accounts_for(provider) if circuit_before(account, model, shut) is None), None)


@remembered
def known_not_closed() -> frozenset[tuple[uuid.UUID, str]]:
    """The circuits that are open or half open, as this process saw them within the last second."""
    return frozenset(Circuit.objects.filter(state__in=_NOT_CLOSED).values_list("account_id", "model"))


def circuits_not_closed(account_id: uuid.UUID, model: str) -> QuerySet[Circuit]:
    """Those of the account and of this model with it that are open or half open at this moment."""
    return Circuit.objects.filter(account_id=account_id, model__in=[WHOLE_ACCOUNT, model], state__in=_NOT_CLOSED)
