"""Credits given and taken back with a reason, once; plans changed; the ledger to read."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from billing.ledger import account_of, hold_credits
from billing.models import CreditAccount, EntryKind, LedgerEntry, Plan
from gencraft_media.accounts.reauthentication import RECENT_S
from gencraft_media.common.models import AuditEntry
from tests.factories import make_super_admin, make_user
from tests.staff import staff_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> CreditAccount:
    return account_of(make_user().pk)


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def address(name: str, account: CreditAccount) -> str:
    return reverse(f"admin:billing_{name}", args=[account.pk])


def said(**more: object) -> dict[str, object]:
    return {"token": uuid.uuid4(), "kind": "adjust", "credits": 50, "reason": "An apology.", **more}


def test_the_page_shows_balance_and_ledger(sam: Client, account: CreditAccount) -> None:
    hold_credits(owner_id=account.owner_id, job_id=uuid.uuid4(), credits=7)
    sam.post(address("account_credits", account), said())
    page = sam.get(address("creditaccount_change", account)).content.decode()
    assert "143 credits" in page
    assert "7 credits" in page
    assert "An apology." in page
    assert "+50" in page
    assert "Held now" in page


def test_credits_are_given_once_however_often_the_form_is_sent(sam: Client, account: CreditAccount) -> None:
    page = sam.get(address("account_credits", account)).content.decode()
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    for _ in range(2):
        assert sam.post(address("account_credits", account), said(token=found[1])).status_code == 302
    account.refresh_from_db()
    assert account.purchased == 50
    entry = LedgerEntry.objects.get(kind=EntryKind.ADJUST)
    assert (entry.reason, entry.actor_id) == ("An apology.", AuditEntry.objects.get().actor_id)
    assert AuditEntry.objects.get(action="billing.grant_credits").reason == "An apology."


def test_credits_are_taken_back_as_far_as_there_are_any(sam: Client, account: CreditAccount) -> None:
    sam.post(address("account_credits", account), said(credits=80))
    sam.post(address("account_credits", account), said(credits=-30))
    answer = sam.post(address("account_credits", account), said(credits=-60))
    assert answer.status_code == 200
    account.refresh_from_db()
    assert account.purchased == 50


@pytest.mark.parametrize(
    "wrong", [{"reason": " "}, {"credits": 0}, {"credits": "1.5"}, {"kind": "grant"}, {"token": "x"}]
)
def test_an_entry_without_reason_or_sense_is_refused(
    sam: Client, account: CreditAccount, wrong: dict[str, object]
) -> None:
    assert sam.post(address("account_credits", account), said(**wrong)).status_code == 200
    assert sam.post(address("account_credits", account), said(kind="purchase", credits=-5)).status_code == 200
    assert not LedgerEntry.objects.exclude(kind=EntryKind.GRANT).exists()


def test_the_plan_is_changed_with_a_reason(sam: Client, account: CreditAccount) -> None:
    assert sam.post(address("account_plan", account), {"plan": "pro", "reason": ""}).status_code == 200
    assert sam.post(address("account_plan", account), {"plan": "pro", "reason": "A trial."}).status_code == 302
    account.refresh_from_db()
    assert account.plan_id == "pro"
    assert AuditEntry.objects.get(action="billing.change_plan").reason == "A trial."


@pytest.mark.parametrize("name", ["account_credits", "account_plan"])
def test_who_may_only_look_changes_nothing_and_sees_no_button(account: CreditAccount, name: str) -> None:
    client = Client()
    client.force_login(staff_with("billing.view_creditaccount"))
    page = client.get(address("creditaccount_change", account)).content.decode()
    assert "Give credits" not in page
    assert 'id="ledger"' not in page
    assert client.post(address(name, account), said(plan="pro")).status_code == 403
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", ["account_credits", "account_plan"])
def test_whoever_logged_in_long_ago_is_asked_again_first(sam: Client, account: CreditAccount, name: str) -> None:
    session = sam.session
    session["identity_confirmed_at"] -= RECENT_S + 1
    session.save()
    answer = sam.post(address(name, account), said(plan="pro"))
    assert answer.status_code == 403
    assert "Confirm that it is you" in answer.content.decode()
    assert not AuditEntry.objects.exists()


def test_accounts_are_found_by_their_owners_address(sam: Client, account: CreditAccount) -> None:
    account_of(make_user("bob").pk)
    answer = sam.get(reverse("admin:billing_creditaccount_changelist"), {"q": "alice"})
    assert [row.pk for row in answer.context["cl"].result_list] == [account.pk]
    assert "alice-" in answer.content.decode()


def test_the_terms_of_a_plan_are_kept_with_before_after_and_reason(sam: Client) -> None:
    form = {"label": "Free", "monthly_outputs": "20", "monthly_credits": "100", "concurrent_jobs": "2", "weight": "1"}
    sam.post(reverse("admin:billing_plan_change", args=["free"]), {**form, "reason": "Spring."})
    entry = AuditEntry.objects.get(action="billing.change_plan_terms")
    assert (entry.before, entry.after, entry.reason) == ({"monthly_outputs": 10}, {"monthly_outputs": 20}, "Spring.")
    answer = sam.post(reverse("admin:billing_plan_change", args=["free"]), {**form, "monthly_outputs": "-2"})
    assert answer.status_code == 200
    assert Plan.objects.get(pk="free").monthly_outputs == 20
