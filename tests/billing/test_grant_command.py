"""Credits given from the command line."""

import io

import pytest
from django.core.management import CommandError, call_command

from billing.models import LedgerEntry
from tests.billing.accounts import fresh
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def grant(*arguments: str) -> str:
    """What the command says."""
    out = io.StringIO()
    call_command("grant_credits", *arguments, stdout=out)
    return out.getvalue()


def test_gives_credits_once_per_key() -> None:
    alice = make_user()
    for _ in range(2):
        said = grant(str(alice.email), "25", "--key", "sorry", "--reason", "an apology")
    assert "125 credits available" in said
    assert fresh(alice.pk).purchased == 25
    assert LedgerEntry.objects.get(kind="adjust").reason == "an apology"


def test_refuses_a_stranger_and_more_than_there_is() -> None:
    with pytest.raises(CommandError, match="no user"):
        grant("nobody@example.com", "25")
    with pytest.raises(CommandError, match="too few credits"):
        grant(str(make_user().email), "--", "-1")
