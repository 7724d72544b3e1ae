"""Trying what stands in a form before it is saved: a provider's key, a storage. Nothing is kept but what was typed."""

import re
from decimal import Decimal
from typing import Any

import pytest

from assets.models import StorageSettings
from gencraft_media.common.models import AuditEntry
from gencraft_media.console.media_settings import midjourney_card, provider_card
from gencraft_media.generation.connection_checks import Finding, Verdict
from providers.models import Provider, ProviderAccount
from tests.console.media_settings.hub import Hub, fields_of, text_of
from tests.factories import make_super_admin

KEY = "sk-that-nobody-ever-reads-1a2b"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What providers are asked with, in the place of asking them."""
    asked: list[tuple[Any, ...]] = []

    def answer(account: ProviderAccount, *, base_url: str | None = None, new_key: str = "") -> Finding:
        asked.append((account.provider_id, account.organization, base_url, new_key))
        return Finding(Verdict.GOOD, "It takes the key.", Decimal(3))

    for card in (provider_card, midjourney_card):
        monkeypatch.setattr(card, "check_account", answer)
    return asked


def trial(hub: Hub, group: str, card: str, **said: Any) -> Any:
    """Press the button that tries the values."""
    return hub.save(group, card, form={**hub.form(group, card), "check": "1"}, **said)


def test_a_key_is_tried_before_it_is_saved(sam: Hub, asked: list[tuple[Any, ...]]) -> None:
    answer = trial(sam, "providers", "provider-openai", api_key=KEY, organization="org-1")
    assert answer.status_code == 200
    assert asked == [("openai", "org-1", None, KEY)]
    assert "It takes the key." in text_of(answer)
    assert ProviderAccount.objects.get(provider="openai").api_key == ""
    assert not AuditEntry.objects.exists()


def test_a_key_that_was_tried_is_saved_without_typing_it_again(sam: Hub, asked: list[tuple[Any, ...]]) -> None:
    page = trial(sam, "providers", "provider-openai", api_key=KEY).content.decode()
    assert KEY not in page and "••••1a2b (not saved yet)" in page
    form = fields_of(page, "provider-openai")
    assert sam.save("providers", "provider-openai", form=form).status_code == 302
    assert ProviderAccount.objects.get(provider="openai").api_key == KEY


def test_a_key_that_was_typed_for_one_provider_is_no_others(sam: Hub, asked: list[tuple[Any, ...]]) -> None:
    page = trial(sam, "providers", "provider-openai", api_key=KEY).content.decode()
    carried = re.findall(r'name="provider-openai-typed" value="([^"]+)"', page)[0]
    form = {**sam.form("providers", "provider-stability"), "provider-stability-typed": carried}
    sam.save("providers", "provider-stability", form=form, requests_per_minute="9")
    account = ProviderAccount.objects.get(provider="stability")
    assert (account.api_key, account.requests_per_minute) == ("", 9)


def test_wrong_values_are_not_tried(sam: Hub, asked: list[tuple[Any, ...]]) -> None:
    assert trial(sam, "providers", "provider-openai", requests_per_minute="0").status_code == 422
    assert asked == []


def test_a_trial_saves_nothing_and_so_asks_nobody_who_they_are(catalogue: None, asked: list[tuple[Any, ...]]) -> None:
    sam = Hub(make_super_admin(), confirmed=False)
    assert trial(sam, "providers", "provider-openai", api_key=KEY).status_code == 200


def test_a_provider_without_a_key_is_said_to_have_none(sam: Hub) -> None:
    assert "OpenAI has no key yet" in text_of(trial(sam, "providers", "provider-openai"))
    assert "is part of this engine" in text_of(trial(sam, "providers", "provider-sim"))


def test_a_relay_is_tried_at_the_address_in_the_form(sam: Hub, asked: list[tuple[Any, ...]]) -> None:
    assert "Enter the relay's address." in text_of(trial(sam, "providers", "provider-midjourney")).replace(
        "&#x27;", "'"
    )
    sam.save("providers", "provider-midjourney", relay_secret=KEY, relay_address="https://relay.example.com")
    trial(sam, "providers", "provider-midjourney", relay_address="https://other.example.com", relay_secret="new")
    assert asked == [("midjourney", "", "https://other.example.com", "new")]
    assert Provider.objects.get(pk="midjourney").accounts.get().base_url == "https://relay.example.com"


def test_a_storage_is_tried_step_by_step(sam: Hub, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORAGE_DIR, settings.PRIVATE_STORAGE_DIR = tmp_path / "media", tmp_path / "private"
    answer = trial(sam, "storage", "storage", kind="local")
    text = text_of(answer)
    assert "A picture and an original were stored." in text and "Both were removed." in text
    assert "New pictures can be kept in folders of this machine" in text
    assert not StorageSettings.objects.exists()


def test_what_the_storage_lacks_is_said_without_trying(sam: Hub) -> None:
    answer = trial(sam, "storage", "storage", kind="s3")
    assert "This storage would not do. Name the bucket of public pictures." in text_of(answer)
