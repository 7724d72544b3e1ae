"""What every test of the choice starts from: the catalogue, the prices, and three vendors with accounts."""

import pytest

from providers.models import ProviderAccount
from tests.generation.rows import load_rows


@pytest.fixture
def catalogue(db: None) -> None:
    """The catalogue and the prices; no vendor has an account."""
    load_rows()


@pytest.fixture
def vendors(catalogue: None) -> None:
    """Accounts with OpenAI, Stability and Black Forest Labs."""
    for account in ProviderAccount.objects.filter(provider__in=["openai", "stability", "flux"]):
        account.api_key = "a-key-of-no-worth"
        account.save()
