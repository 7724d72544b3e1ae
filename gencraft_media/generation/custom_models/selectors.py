"""Reading models on operators' own servers."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from billing.models import PriceLine
from billing.price_changes import prices_of
from gencraft_media.common.errors import ObjectNotFound
from providers.credentials import is_usable
from providers.models import ProviderAccount, ProviderModel


@dataclass(frozen=True)
class Described:
    """A model with its server's account and the prices in force."""

    row: ProviderModel
    account: ProviderAccount | None
    prices: list[PriceLine]

    @property
    def is_usable(self) -> bool:
        """Whether requests can be served by it now."""
        on = self.row.enabled and self.row.provider.enabled
        return on and self.account is not None and is_usable(self.account)


def custom_models() -> QuerySet[ProviderModel]:
    """Every model of a server with a kind, disabled ones as well."""
    accounts = ProviderAccount.objects.select_related("provider").order_by("-priority", "label")
    rows = ProviderModel.objects.exclude(provider__kind="").select_related("provider")
    return rows.prefetch_related(Prefetch("provider__accounts", accounts)).order_by("provider_id", "name")


def get_custom_model(provider: str, name: str) -> ProviderModel:
    """Raises `ObjectNotFound`, for models of the catalogue too."""
    row = custom_models().filter(provider_id=provider, name=name).first()
    if row is None:
        raise ObjectNotFound(f"There is no model {name} on a server {provider} of your own.")
    return row


def described(row: ProviderModel) -> Described:
    """All that operators are shown of a model; never its server's key."""
    account = next(iter(row.provider.accounts.all()), None)
    return Described(row, account, prices_of(row.provider_id, row.name))
