"""The catalogue and the prices, as every engine has them."""

from django.db.models import Model

from billing.models import PriceLine
from billing.pricefile import load_price_lines
from providers.catalogue import load_catalogue
from providers.models import CatalogueVersion, Provider, ProviderAccount, ProviderModel

_loaded: list[list[Model]] = []


def load_rows() -> None:
    """The catalogue and the prices: from their files the first time, copied from there for each further test."""
    if not _loaded:
        load_catalogue()
        load_price_lines()
        kinds: list[type[Model]] = [Provider, ProviderModel, ProviderAccount, CatalogueVersion, PriceLine]
        _loaded.extend(list(kind._default_manager.all()) for kind in kinds)
        return
    for rows in _loaded:
        type(rows[0])._default_manager.bulk_create(rows)
