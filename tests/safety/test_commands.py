"""Commands for who cannot get in."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from gencraft_media.accounts.models import Authenticator, RecoveryCodes
from gencraft_media.accounts.second_factor import renew_recovery_codes
from gencraft_media.common.models import AuditEntry
from tests.factories import make_super_admin
from tests.safety.people import give_authenticator, log_in

pytestmark = pytest.mark.django_db


def test_a_lost_app_is_forgotten_with_its_codes() -> None:
    sam = make_super_admin()
    give_authenticator(sam)
    renew_recovery_codes(sam)
    call_command("forget_authenticator", sam.email, verbosity=0)
    assert not Authenticator.objects.exists()
    assert not RecoveryCodes.objects.exists()
    assert log_in(Client(), sam).status_code == 302
    assert AuditEntry.objects.get(action="accounts.second_factor_off").actor_label == "engine"


@pytest.mark.parametrize("command", [["forget_authenticator", "nobody@example.com"]])
def test_a_command_for_nobody_says_so(command: list[str]) -> None:
    with pytest.raises(CommandError, match="no user"):
        call_command(*command)


def test_staff_is_made_once() -> None:
    call_command("create_staff", "sue@example.com", "--role", "Support", verbosity=0)
    with pytest.raises(CommandError, match="already"):
        call_command("create_staff", "SUE@example.com", "--role", "Support")
