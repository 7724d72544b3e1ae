"""After `manage.py reseal` an old sealing key may go."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from providers.models import Provider, ProviderAccount

pytestmark = pytest.mark.django_db
SECRETS = {"first": "sk-canary-1", "second": "sk-canary-2", "none": ""}


@pytest.fixture(autouse=True)
def accounts() -> None:
    """Two accounts with keys, and one without, sealed with the keys of the tests."""
    Provider.objects.get_or_create(key="vendor", label="Vendor")
    for label, api_key in SECRETS.items():
        ProviderAccount.objects.create(provider_id="vendor", label=label, api_key=api_key)


def opened() -> dict[str, str]:
    return dict(ProviderAccount.objects.filter(provider_id="vendor").values_list("label", "api_key"))


def stored() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM provider_accounts ORDER BY label")
        return [row[0] for row in cursor.fetchall()]


def test_everything_opens_with_the_new_key_alone(settings: Settings) -> None:
    new = Fernet.generate_key().decode()
    settings.SEALING_KEYS = [new, *settings.SEALING_KEYS]
    said = StringIO()
    call_command("reseal", stdout=said)
    assert said.getvalue() == "2 values are sealed with the newest key.\n"
    settings.SEALING_KEYS = [new]
    assert opened() == SECRETS


def test_a_value_that_opens_with_no_key_stops_it_and_nothing_is_changed(settings: Settings) -> None:
    foreign = Fernet(Fernet.generate_key()).encrypt(b"sk-canary-3").decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE provider_accounts SET api_key = %s WHERE label = 'second'", [foreign])
    before = stored()
    settings.SEALING_KEYS = [Fernet.generate_key().decode(), *settings.SEALING_KEYS]
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("reseal")
    assert stored() == before
