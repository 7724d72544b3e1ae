"""The history of a group, and putting back what was there before a change."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from assets.models import StorageSettings
from billing.models import Plan, PricingSettings
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import newest_settings, save_settings
from gencraft_media.common.versioned import current_settings
from gencraft_media.generation.models import MediaSettings
from providers.models import Provider, ProviderAccount, ProviderModel
from tests.console.media_settings.hub import Hub, staff_with, text_of


def history(hub: Hub, group: str) -> Any:
    """A group's history."""
    return hub.client.get(reverse("admin:media_settings_history", args=[group]))


def newest() -> int:
    """The newest entry of the audit."""
    return int(AuditEntry.objects.order_by("-id")[0].pk)


def ask(hub: Hub, group: str, entry: int) -> Any:
    """The page that asks whether to put it back."""
    return hub.client.get(reverse("admin:media_settings_revert", args=[group, entry]))


def put_back(hub: Hub, group: str, entry: int, *, seen: Any = None) -> Any:
    """Confirm what the page says."""
    seen = seen or ask(hub, group, entry)
    address = reverse("admin:media_settings_revert", args=[group, entry])
    return hub.client.post(address, {"made_from": seen.context["made_from"], "reason": "Too dear"})


def test_the_history_says_who_changed_what_and_why(sam: Hub) -> None:
    assert "Nothing was changed yet." in text_of(history(sam, "pricing"))
    sam.save("pricing", "pricing", markup_percent="20", batch_cap_percent="10", reason="Spring <prices>")
    page = history(sam, "pricing")
    text = text_of(page)
    assert "Pricing settings, version 1" in text and str(sam.user) in text
    assert "Markup percent 0 → 20" in text and "Batch discount cap 25 % → 10 %" in text
    assert "Spring &lt;prices&gt;" in page.content.decode()
    assert "Pricing settings" not in text_of(history(sam, "quotas"))


def test_one_click_and_a_confirmation_put_a_price_back(sam: Hub) -> None:
    sam.save("pricing", "pricing", markup_percent="20")
    sam.save("pricing", "pricing", markup_percent="30")
    asked = ask(sam, "pricing", newest())
    assert "Markup percent 30 → 20" in text_of(asked)
    assert current_settings(PricingSettings).version == 2
    assert put_back(sam, "pricing", newest(), seen=asked).status_code == 302
    row = current_settings(PricingSettings)
    assert (row.version, row.markup_percent, row.reason) == (3, Decimal(20), "Too dear")
    assert row.changed_by == sam.user
    assert "back to what was before" in text_of(history(sam, "pricing"))


def test_the_first_change_goes_back_to_the_defaults(sam: Hub) -> None:
    sam.save("defaults", "defaults", scope="plan:pro", quality="hd")
    assert put_back(sam, "defaults", newest()).status_code == 302
    row = current_settings(MediaSettings, "plan:pro")
    assert (row.version, row.quality) == (2, "")
    assert "Media settings for the plan Pro, version 2" in text_of(history(sam, "defaults"))


def test_secrets_come_back_unseen(sam: Hub) -> None:
    save_settings(StorageSettings, {"secret_key": "first-of-all-secrets", "access_key": "a"}, actor=None)
    save_settings(StorageSettings, {"secret_key": "second-of-all-secrets"}, actor=None)
    assert "Secret key replaced" in text_of(history(sam, "storage"))
    asked = ask(sam, "storage", newest())
    assert "Secret key the one before" in text_of(asked)
    assert put_back(sam, "storage", newest(), seen=asked).status_code == 302
    assert newest_settings(StorageSettings).secret_key == "first-of-all-secrets"
    assert "of-all-secrets" not in text_of(history(sam, "storage")) + asked.content.decode()


def test_bringing_a_secret_back_asks_who_it_is(sam: Hub) -> None:
    save_settings(StorageSettings, {"secret_key": "first-of-all-secrets", "access_key": "a"}, actor=None)
    save_settings(StorageSettings, {"secret_key": "second-of-all-secrets"}, actor=None)
    late = Hub(sam.user, confirmed=False)
    assert put_back(late, "storage", newest()).status_code == 403
    assert newest_settings(StorageSettings).version == 2


def test_the_relays_changes_are_told_and_go_back(sam: Hub) -> None:
    relay = {"relay_address": "https://relay.example.com", "relay_model": "mj", "price": "0.05", "relay_secret": "s"}
    sam.save("providers", "provider-midjourney", enabled="on", reason="Try", **relay)
    sam.save("providers", "provider-midjourney", enabled=None, reason="Enough")
    text = text_of(history(sam, "providers"))
    assert "“Enough” Enabled on → off" in text
    assert "Enabled off → on" in text_of(ask(sam, "providers", newest()))
    assert put_back(sam, "providers", newest()).status_code == 302
    relay_model = ProviderModel.objects.get(provider="midjourney")
    assert relay_model.enabled and relay_model.provider.enabled
    sam.save("providers", "provider-midjourney", relay_model="mj-7")
    assert put_back(sam, "providers", newest()).status_code == 302
    relay_model.refresh_from_db()
    assert relay_model.wiring == {"model": "mj"}


def test_plans_providers_and_accounts_go_back_as_well(sam: Hub) -> None:
    sam.save("quotas", "plans", **{"monthly_outputs.pro": "5"})
    assert put_back(sam, "quotas", newest()).status_code == 302
    assert Plan.objects.get(pk="pro").monthly_outputs == 1000
    sam.save("providers", "provider-stability", enabled=None)
    assert "Enabled" in text_of(history(sam, "providers"))
    assert put_back(sam, "providers", newest()).status_code == 302
    assert Provider.objects.get(pk="stability").enabled
    sam.save("providers", "provider-stability", requests_per_minute="7", api_key="a-key-that-stays-where-it-is")
    assert put_back(sam, "providers", newest()).status_code == 302
    account = ProviderAccount.objects.get(provider="stability")
    assert (account.requests_per_minute, account.api_key) == (900, "a-key-that-stays-where-it-is")


def test_nothing_is_put_back_over_what_nobody_saw(sam: Hub) -> None:
    sam.save("pricing", "pricing", markup_percent="20")
    entry = newest()
    asked = ask(sam, "pricing", entry)
    save_settings(PricingSettings, {"markup_percent": Decimal(40)}, actor=None)
    answer = put_back(sam, "pricing", entry, seen=asked)
    assert answer.status_code == 409
    assert "Somebody changed this meanwhile" in text_of(answer) and "Markup percent 40 → 0" in text_of(answer)
    assert current_settings(PricingSettings).markup_percent == 40


def test_only_whoever_may_change_them_may_put_settings_back(sam: Hub) -> None:
    sam.save("pricing", "pricing", markup_percent="20")
    reader = Hub(staff_with("billing.view_pricingsettings"))
    assert "Revert" not in text_of(history(reader, "pricing")).partition("Who changed")[2].partition("version 1")[2]
    assert ask(reader, "pricing", newest()).status_code == 403
    assert Hub(staff_with()).client.get(reverse("admin:media_settings_history", args=["pricing"])).status_code == 403


@pytest.mark.parametrize("group", ["quotas", "storage"])
def test_an_entry_belongs_to_its_group_alone(sam: Hub, group: str) -> None:
    sam.save("pricing", "pricing", markup_percent="20")
    assert ask(sam, group, newest()).status_code == 404
    assert ask(sam, "pricing", newest() + 1).status_code == 404
