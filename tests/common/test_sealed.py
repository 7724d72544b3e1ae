"""Sealed fields: unreadable in the database, readable with any key of ours, refused with a foreign one."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.sealed import SealBroken, reseal, seal, unseal
from providers.models import Provider, ProviderAccount

SECRET = "sk-canary-4711"


@pytest.fixture
def account(db: None) -> ProviderAccount:
    Provider.objects.get_or_create(key="vendor", label="Vendor")
    return ProviderAccount.objects.create(provider_id="vendor", label="canary", api_key=SECRET)


def _stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM provider_accounts WHERE label = 'canary'")
        return str(cursor.fetchone()[0])


def test_a_sealed_field_is_clear_in_python_and_sealed_in_the_database(account: ProviderAccount) -> None:
    assert ProviderAccount.objects.get(pk=account.pk).api_key == SECRET
    assert SECRET not in _stored()
    assert unseal(_stored()) == SECRET


def test_saving_again_seals_anew(account: ProviderAccount) -> None:
    before = _stored()
    account.save()
    assert _stored() != before
    assert unseal(_stored()) == SECRET


def test_an_empty_secret_stays_empty(account: ProviderAccount) -> None:
    ProviderAccount.objects.filter(pk=account.pk).update(api_key="")
    assert _stored() == ""
    assert ProviderAccount.objects.get(pk=account.pk).api_key == ""


def test_a_sealed_field_cannot_be_searched(account: ProviderAccount) -> None:
    for lookup in ({"api_key": SECRET}, {"api_key__contains": "sk"}, {"api_key__in": [SECRET]}):
        with pytest.raises(TypeError):
            ProviderAccount.objects.filter(**lookup).exists()
    assert ProviderAccount.objects.filter(api_key__isnull=False, label="canary").exists()


def test_a_foreign_key_raises_and_never_returns_the_sealed_text(account: ProviderAccount, settings: Any) -> None:
    settings.SEALING_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(SealBroken) as caught:
        ProviderAccount.objects.get(pk=account.pk)
    assert isinstance(caught.value, GenCraftError)
    assert _stored() not in str(caught.value)


def test_an_older_key_still_opens_and_resealing_moves_to_the_newest(settings: Any) -> None:
    sealed = seal(SECRET)
    newest = Fernet.generate_key().decode()
    settings.SEALING_KEYS = [newest, *settings.SEALING_KEYS]
    assert unseal(sealed) == SECRET
    moved = reseal(sealed)
    settings.SEALING_KEYS = [newest]
    assert unseal(moved) == SECRET
    with pytest.raises(SealBroken):
        unseal(sealed)
    with pytest.raises(SealBroken):
        reseal(sealed)


def test_sealing_does_not_hang_on_the_secret_key(settings: Any) -> None:
    sealed = seal(SECRET)
    settings.SECRET_KEY = "another"
    assert unseal(sealed) == SECRET
