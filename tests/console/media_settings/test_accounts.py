"""Providers with several accounts, and what a card tells to whoever may only read it."""

import re
from typing import Any

from django.core import signing
from django.urls import reverse

from billing.models import QuotaSettings
from gencraft_media.common.settings_changes import save_settings
from providers.models import ProviderAccount
from tests.console.media_settings.hub import Hub, staff_with, text_of

KEY = "sk-that-nobody-ever-reads-1a2b"


def second_account(**fields: Any) -> ProviderAccount:
    """Another account of OpenAI's, before the first one."""
    return ProviderAccount.objects.create(provider_id="openai", label="spare", priority=1000, **fields)


def test_a_key_goes_to_an_account_that_is_on(sam: Hub) -> None:
    spare = second_account(enabled=False)
    sam.save("providers", "provider-openai", api_key=KEY)
    spare.refresh_from_db()
    used = ProviderAccount.objects.exclude(pk=spare.pk).get(provider="openai")
    assert (spare.api_key, used.api_key) == ("", KEY)
    assert "OpenAI Ready" in text_of(sam.open())


def test_a_card_says_which_account_it_shows_and_leads_to_the_others(sam: Hub) -> None:
    assert "there are others" not in text_of(sam.open("providers"))
    first = ProviderAccount.objects.get(provider="openai")
    second_account()
    page = sam.open("providers")
    assert "Shown is the account “spare”" in text_of(page)
    assert reverse("admin:providers_provideraccount_change", args=[first.pk]) in page.content.decode()


def test_no_form_carries_any_part_of_a_key(sam: Hub) -> None:
    sam.save("providers", "provider-openai", api_key=KEY)
    token = sam.form("providers", "provider-openai")["made_from"]
    assert "1a2b" not in str(signing.loads(token, salt="media-settings"))
    reader = Hub(staff_with("providers.view_provideraccount"))
    assert re.findall('name="made_from"', reader.open("providers").content.decode()) == []


def test_a_key_of_the_same_ending_is_another_key(sam: Hub) -> None:
    sam.save("providers", "provider-openai", api_key="short-1")
    form = sam.form("providers", "provider-openai")
    ProviderAccount.objects.filter(provider="openai").update(api_key="short-2")
    assert sam.save("providers", "provider-openai", form=form, requests_per_minute="5").status_code == 409


def test_the_history_of_a_group_shows_what_the_person_may_read(sam: Hub) -> None:
    save_settings(QuotaSettings, {"user_daily": 41}, actor=None)
    history = reverse("admin:media_settings_history", args=["quotas"])
    assert "41" in text_of(sam.client.get(history))
    reader = Hub(staff_with("billing.view_plan"))
    assert "Nothing was changed yet." in text_of(reader.client.get(history))
