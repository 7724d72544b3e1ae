"""Provider cards: keys go in and never come out, and a relay for Midjourney is off until it is wanted."""

import pytest
from django.urls import reverse

from assets.models import StorageSettings
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import newest_settings
from providers.models import Provider, ProviderAccount, ProviderModel
from providers.selectors import configured_providers, find_model
from tests.console.media_settings.hub import Hub, text_of
from tests.factories import make_super_admin

KEY = "sk-that-nobody-ever-reads-1a2b"
RELAY = {"relay_address": "https://relay.example.com/v1", "relay_model": "mj-7", "price": "0.05"}


def account_of(provider: str) -> ProviderAccount:
    """The one account of a provider."""
    return ProviderAccount.objects.get(provider=provider)


def everything_written() -> str:
    """All that the audit keeps."""
    return str([(entry.before, entry.after, entry.reason) for entry in AuditEntry.objects.all()])


def test_a_provider_is_set_with_its_account(sam: Hub) -> None:
    answer = sam.save(
        "providers", "provider-openai", api_key=KEY, organization="org-1", default_model="gpt-image-1-mini",
        requests_per_minute="50", reason="Launch",
    )  # fmt: skip
    assert answer.status_code == 302
    account = account_of("openai")
    assert (account.api_key, account.organization, account.requests_per_minute) == (KEY, "org-1", 50)
    assert find_model("openai", None).name == "gpt-image-1-mini"
    assert "openai" in configured_providers()
    assert {entry.reason for entry in AuditEntry.objects.all()} == {"Launch"}
    assert "OpenAI Ready" in text_of(sam.open())


def test_a_key_goes_in_and_no_page_and_no_audit_shows_it(sam: Hub) -> None:
    sam.save("providers", "provider-openai", api_key=KEY)
    for address in ("providers/", "providers/history/", ""):
        page = sam.client.get(reverse("admin:media_settings") + address).content.decode()
        assert KEY not in page
    assert 'placeholder="••••1a2b"' in sam.open("providers").content.decode()
    assert KEY not in everything_written()


def test_an_empty_key_keeps_the_one_there_is(sam: Hub) -> None:
    sam.save("providers", "provider-openai", api_key=KEY)
    sam.save("providers", "provider-openai", requests_per_minute="5")
    assert account_of("openai").api_key == KEY


def test_a_key_is_forgotten_only_where_that_is_said(sam: Hub) -> None:
    sam.save("providers", "provider-openai", api_key=KEY)
    refused = sam.save("providers", "provider-openai", api_key="another", forget_key="on")
    assert refused.status_code == 422
    assert account_of("openai").api_key == KEY
    sam.save("providers", "provider-openai", forget_key="on")
    assert account_of("openai").api_key == ""


def test_a_provider_that_is_switched_off_is_used_no_more(sam: Hub) -> None:
    sam.save("providers", "provider-openai", api_key=KEY)
    sam.save("providers", "provider-openai", enabled=None)
    assert not Provider.objects.get(pk="openai").enabled
    assert "openai" not in configured_providers()
    assert "OpenAI Off" in text_of(sam.open())


def test_a_replaced_key_makes_a_form_outdated(sam: Hub) -> None:
    form = sam.form("providers", "provider-openai")
    Hub(make_super_admin("olga")).save("providers", "provider-openai", api_key=KEY)
    answer = sam.save("providers", "provider-openai", form=form, requests_per_minute="5")
    assert answer.status_code == 409
    assert "A secret was replaced" in text_of(answer)
    assert account_of("openai").requests_per_minute == -1


def test_typing_in_a_key_asks_who_it_is_and_then_saves_what_was_typed(catalogue: None) -> None:
    sam = Hub(make_super_admin(), confirmed=False)
    assert sam.save("providers", "provider-openai", requests_per_minute="5").status_code == 302
    asked = sam.save("providers", "provider-openai", api_key=KEY)
    assert asked.status_code == 403
    assert account_of("openai").api_key == ""
    sealed = asked.context["sealed_form"]
    assert KEY not in asked.content.decode()
    address = reverse("admin:media_settings_group", args=["providers"])
    wrong = sam.client.post(address, {"sealed_form": sealed, "confirm_password": "wrong"})
    assert (wrong.status_code, account_of("openai").api_key) == (403, "")
    right = sam.client.post(address, {"sealed_form": sealed, "confirm_password": "password"})
    assert (right.status_code, account_of("openai").api_key) == (302, KEY)


def test_the_storages_keys_only_go_in(sam: Hub) -> None:
    said = {"kind": "s3", "bucket": "pictures", "access_key": "AKIA-of-nobody-9z8y7x", "secret_key": KEY}
    assert sam.save("storage", "storage", **said, reason="Move").status_code == 302
    sam.save("storage", "storage", region="eu-central-1")
    row = newest_settings(StorageSettings)
    assert (row.access_key, row.secret_key, row.region) == (said["access_key"], KEY, "eu-central-1")
    page = sam.open("storage").content.decode()
    assert 'placeholder="••••1a2b"' in page and KEY not in page and said["access_key"] not in page
    assert KEY not in everything_written() and said["access_key"] not in everything_written()
    sam.save("storage", "storage", forget_keys="on")
    assert newest_settings(StorageSettings).secret_key == ""
    again = {"access_key": "AKIA-2", "secret_key": KEY}
    sam.save("storage", "storage", **again)
    assert sam.save("storage", "storage", **again, forget_keys="on").status_code == 422
    assert newest_settings(StorageSettings).secret_key == KEY
    sam.save("storage", "storage", forget_keys="on")
    # What is not there is not offered to be forgotten.
    assert 'name="storage-forget_keys"' not in sam.open("storage").content.decode()


def test_midjourney_is_off_and_says_why(sam: Hub) -> None:
    text = text_of(sam.open("providers"))
    assert "Midjourney offers no official API" in text
    assert not Provider.objects.filter(pk="midjourney").exists()
    assert "provider-midjourney-enabled" not in sam.form("providers", "provider-midjourney")


def test_a_relays_secret_is_kept_sealed_while_it_is_off(sam: Hub) -> None:
    assert sam.save("providers", "provider-midjourney", relay_secret=KEY).status_code == 302
    assert account_of("midjourney").api_key == KEY
    assert not Provider.objects.get(pk="midjourney").enabled
    assert KEY not in sam.open("providers").content.decode() + everything_written()


@pytest.mark.parametrize("missing", ["relay_address", "price"])
def test_a_relay_that_is_on_needs_an_address_and_a_price(sam: Hub, missing: str) -> None:
    answer = sam.save("providers", "provider-midjourney", enabled="on", **{**RELAY, missing: ""})
    assert answer.status_code == 422
    shown = next(one for one in answer.context["cards"] if one.card.key == "provider-midjourney")
    assert list(shown.form.errors) == [missing]
    assert not Provider.objects.filter(pk="midjourney").exists()


def test_a_relay_serves_as_a_custom_model_until_it_is_switched_off(sam: Hub) -> None:
    assert sam.save("providers", "provider-midjourney", enabled="on", relay_secret=KEY, **RELAY).status_code == 302
    row = ProviderModel.objects.get(provider="midjourney")
    assert (row.provider.enabled, row.wiring["model"], account_of("midjourney").base_url) == (
        True,
        "mj-7",
        RELAY["relay_address"],
    )
    assert "midjourney" in configured_providers()
    assert sam.save("providers", "provider-midjourney", enabled=None).status_code == 302
    assert "midjourney" not in configured_providers()


def test_a_relays_secret_never_goes_to_another_server(sam: Hub) -> None:
    sam.save("providers", "provider-midjourney", relay_secret=KEY, **RELAY)
    answer = sam.save("providers", "provider-midjourney", relay_address="https://elsewhere.example.com")
    assert answer.status_code == 422
    assert "enter the key again" in text_of(answer)
    assert account_of("midjourney").base_url == RELAY["relay_address"]
