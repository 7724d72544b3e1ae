"""The admin's pages of providers: a key goes in and never comes out, and every change has a name beside it."""

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from gencraft_media.accounts.reauthentication import RECENT_S
from gencraft_media.common.models import AuditEntry
from providers.models import ProviderAccount, ProviderModel
from tests.factories import make_super_admin

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]
KEY = "sk-canary-abcdefghijklmnop"
PAGE = "/admin/providers/provideraccount/"


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def form(account: ProviderAccount, **changes: str) -> dict[str, str]:
    return {
        "provider": account.provider_id,
        "label": account.label,
        "enabled": "on",
        "priority": "0",
        "organization": "",
        "base_url": "",
        "requests_per_minute": "-1",
        "concurrent_requests": "-1",
        "spend_per_day": "-1",
        "new_key": "",
        **changes,
    }


def save(sam: Client, account: ProviderAccount, **changes: str) -> ProviderAccount:
    answer = sam.post(f"{PAGE}{account.pk}/change/", form(account, **changes))
    assert answer.status_code == 302, answer.content.decode()
    return ProviderAccount.objects.get(pk=account.pk)


def test_a_key_is_sealed_and_no_page_shows_it(sam: Client) -> None:
    account = save(sam, ProviderAccount.objects.get(provider="flux"), new_key=KEY)
    assert account.api_key == KEY
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key FROM provider_accounts WHERE provider_id = 'flux'")
        assert KEY not in cursor.fetchone()[0]
    for page in (PAGE, f"{PAGE}{account.pk}/change/", f"{PAGE}{account.pk}/history/"):
        content = sam.get(page).content.decode()
        assert KEY not in content
    assert "••••mnop" in sam.get(PAGE).content.decode()


def test_an_empty_field_keeps_the_key_and_the_switch_forgets_it(sam: Client) -> None:
    account = save(sam, ProviderAccount.objects.get(provider="flux"), new_key=KEY)
    assert save(sam, account, requests_per_minute="10").api_key == KEY
    assert save(sam, account, forget_key="on").api_key == ""


def test_a_change_is_in_the_audit_without_the_key(sam: Client) -> None:
    account = save(sam, ProviderAccount.objects.get(provider="flux"), new_key=KEY, concurrent_requests="3")
    entry = AuditEntry.objects.get(target_id=str(account.pk))
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["concurrent_requests"], entry.after["concurrent_requests"]) == (24, 3)
    assert KEY not in str([entry.before, entry.after])


def test_an_account_can_be_added(sam: Client) -> None:
    blank = ProviderAccount(provider_id="openai", label="second")
    answer = sam.post(f"{PAGE}add/", form(blank, new_key=KEY))
    assert answer.status_code == 302
    assert ProviderAccount.objects.get(label="second").api_key == KEY


def test_models_are_disabled_not_deleted_and_the_edit_is_audited(sam: Client) -> None:
    row = ProviderModel.objects.get(name="flux-dev")
    address = f"/admin/providers/providermodel/{row.pk}"
    assert sam.get("/admin/providers/providermodel/?q=flux").status_code == 200
    assert sam.get(f"{address}/delete/").status_code == 403
    fields = {
        "provider": "flux",
        "name": "flux-dev",
        "label": "Dev",
        "operations": '["text-to-image"]',
        "limits": '{"outputs_per_call": 1}',
        "aliases": "[]",
        "typical_seconds": "9",
        "replaced_by": "",
        "notes": "",
    }
    sam.post(f"{address}/change/", fields)
    row.refresh_from_db()
    assert (row.enabled, row.label) == (False, "Dev")
    entry = AuditEntry.objects.get(action="catalogue.changed")
    assert entry.after is not None
    assert entry.after["label"] == "Dev"


def test_the_providers_page_opens(sam: Client) -> None:
    assert b"Black Forest Labs" in sam.get("/admin/providers/provider/").content


def test_a_server_of_ones_own_is_named_without_a_dot(sam: Client, settings: Settings) -> None:
    account = ProviderAccount.objects.get(provider="flux")
    refused = sam.post(f"{PAGE}{account.pk}/change/", form(account, base_url="http://gpu-box:7860"))
    assert b"opened by EGRESS_ALLOW" in refused.content
    settings.EGRESS_ALLOW = ["gpu-box:7860"]
    assert save(sam, account, base_url="http://gpu-box:7860").base_url == "http://gpu-box:7860"


def test_a_key_is_not_sent_to_another_server_without_being_said_again(sam: Client) -> None:
    account = save(sam, ProviderAccount.objects.get(provider="flux"), new_key=KEY, base_url="https://a.example.com/v1")
    assert save(sam, account, base_url="https://a.example.com:443/v2").api_key == KEY, "the same server"
    for other in ("https://b.example.com/v1", "https://a.example.com:8443", "http://a.example.com", ""):
        answer = sam.post(f"{PAGE}{account.pk}/change/", form(account, base_url=other))
        assert answer.status_code == 200
        assert set(answer.context["adminform"].form.errors) <= {"new_key", "base_url"}
        assert ProviderAccount.objects.get(pk=account.pk).base_url == "https://a.example.com:443/v2"
    answer = sam.post(f"{PAGE}{account.pk}/change/", form(account, base_url="https://b.example.com"))
    assert "again" in str(answer.context["adminform"].form.errors["new_key"])
    moved = save(sam, account, base_url="https://b.example.com", new_key=f"{KEY}-2")
    assert (moved.base_url, moved.api_key) == ("https://b.example.com", f"{KEY}-2")
    forgotten = save(sam, account, base_url="https://c.example.com", forget_key="on")
    assert (forgotten.base_url, forgotten.api_key) == ("https://c.example.com", "")


def test_an_account_is_deleted_by_who_proved_lately_who_they_are_and_that_is_written_down(sam: Client) -> None:
    account = ProviderAccount.objects.get(provider="flux")
    session = sam.session
    lately = session["identity_confirmed_at"]
    session["identity_confirmed_at"] = lately - RECENT_S - 1
    session.save()
    assert sam.post(f"{PAGE}{account.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ProviderAccount.objects.filter(pk=account.pk).exists()
    session["identity_confirmed_at"] = lately
    session.save()
    assert sam.post(f"{PAGE}{account.pk}/delete/", {"post": "yes"}).status_code == 302
    assert AuditEntry.objects.get(action="providers.delete_provideraccount").target_id == str(account.pk)
