"""create_admin and reset_admin."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from gencraft_media.accounts.models import User
from gencraft_media.common.models import AuditEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_create_admin_prints_a_password_that_works() -> None:
    said = run("create_admin", "sam@example.com")
    user = User.objects.get(email="sam@example.com")
    assert user.is_superuser
    assert user.check_password(said.split()[-1])


def test_create_admin_refuses_an_address_that_is_known() -> None:
    run("create_admin", "sam@example.com")
    with pytest.raises(CommandError, match="reset_admin"):
        run("create_admin", "SAM@example.com")


def test_reset_admin_opens_the_door_again() -> None:
    user = make_user("sam", password="forgotten", is_active=False)
    said = run("reset_admin", str(user.email))
    user.refresh_from_db()
    assert user.is_active and user.is_superuser
    assert user.check_password(said.split()[-1])


def test_reset_admin_of_nobody_says_how_to_make_somebody() -> None:
    with pytest.raises(CommandError, match="create_admin"):
        run("reset_admin", "nobody@example.com")


def test_both_are_audited_without_the_password() -> None:
    password = run("create_admin", "sam@example.com").split()[-1]
    run("reset_admin", "sam@example.com")
    entries = AuditEntry.objects.all()
    assert {entry.action for entry in entries} == {"console.create_admin", "console.reset_admin"}
    assert not any(password in f"{entry.before}{entry.after}" for entry in entries)
