"""A model's page: its limits in words, its prices with their history, and a new price from a date on."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import PriceLine
from billing.price_changes import add_price
from billing.quotes import quote_price
from gencraft_media.common.models import AuditEntry
from providers.models import Provider, ProviderModel
from tests.factories import make_super_admin
from tests.generation.rows import load_rows
from tests.staff import staff_with

pytestmark = pytest.mark.django_db
FORM = {
    "operation": "text-to-image",
    "kind": "image",
    "key": "",
    "amount": "0.08",
    "effective_from": "",
    "source": "their price page",
}


@pytest.fixture(autouse=True)
def rows() -> None:
    load_rows()


@pytest.fixture
def sam() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


def model(name: str = "sim/priced") -> ProviderModel:
    return ProviderModel.objects.get(name=name)


def address(name: str, row: ProviderModel) -> str:
    return reverse(f"admin:providers_providermodel_{name}", args=[row.pk])


def cost_of(row: ProviderModel, *, at: datetime | None = None) -> Decimal:
    found = quote_price(
        provider=row.provider_id, model=row.name, operation="text-to-image", width=1024, height=1024, at=at
    )
    return found.provider_cost


def test_the_page_says_what_a_model_takes_and_costs(sam: Client) -> None:
    page = sam.get(address("change", model())).content.decode()
    assert "64 to 2048 pixels a side, in steps of 8" in page
    assert "up to 10,000 characters" in page
    assert "in force" in page
    assert "price file" in page
    assert "text-to-image, 4 × 1024 × 1024" in page


@pytest.mark.parametrize("name", list({"gpt-image-2", "dall-e-3", "sd-3.5-large", "flux-2-pro", "lanczos"}))
def test_every_kind_of_model_has_a_page(sam: Client, name: str) -> None:
    row = ProviderModel.objects.filter(name__endswith=name).first()
    assert row is not None
    assert sam.get(address("change", row)).status_code == 200
    assert sam.get(address("price", row)).status_code == 200


def test_a_price_is_previewed_before_it_is_added(sam: Client) -> None:
    row = model()
    count, before = PriceLine.objects.count(), cost_of(row)
    page = sam.post(address("price", row), {**FORM, "preview": ""}).content.decode()
    assert str(before) in page
    assert "0.080000" in page
    assert "0.320000" in page
    assert (PriceLine.objects.count(), cost_of(row)) == (count, before)


def test_a_price_holds_from_its_date_on_and_the_history_tells_who_said_so(sam: Client) -> None:
    row, before = model(), cost_of(model())
    later = timezone.now().astimezone(UTC) + timedelta(days=3)
    answer = sam.post(address("price", row), {**FORM, "effective_from": f"{later:%Y-%m-%d %H:%M}", "save": ""})
    assert answer.status_code == 302
    assert cost_of(row) == before
    assert cost_of(row, at=later + timedelta(minutes=1)) == Decimal("0.08")
    entry = AuditEntry.objects.get(action="billing.add_price_line")
    page = sam.get(address("change", row)).content.decode()
    assert entry.actor_label in page
    assert "later" in page
    assert "their price page" in page


def test_what_stands_beside_the_amount_stays(sam: Client) -> None:
    row = model("gpt-image-2")
    old = PriceLine.objects.filter(provider="openai", model="gpt-image-2").order_by("-effective_from").first()
    assert old is not None
    form = {**FORM, "operation": old.operation, "kind": old.kind, "key": old.key, "save": ""}
    sam.post(address("price", row), form)
    new = PriceLine.objects.order_by("-pk").first()
    assert new is not None
    assert (new.hd_multiplier, new.parameters, new.amount) == (old.hd_multiplier, old.parameters, Decimal("0.08"))


@pytest.mark.parametrize("wrong", [{"amount": "-1"}, {"amount": "many"}, {"source": ""}, {"operation": "dance"}])
def test_a_price_that_is_none_is_refused(sam: Client, wrong: dict[str, str]) -> None:
    count = PriceLine.objects.count()
    assert sam.post(address("price", model()), {**FORM, **wrong, "save": ""}).status_code == 200
    assert PriceLine.objects.count() == count


def test_prices_are_for_those_who_may_add_them() -> None:
    client = Client()
    client.force_login(staff_with("providers.view_providermodel"))
    page = client.get(address("change", model())).content.decode()
    assert "in force" not in page
    assert "Add a price" not in page
    assert client.post(address("price", model()), {**FORM, "save": ""}).status_code == 403


@pytest.mark.parametrize("page", ["provider", "providermodel"])
def test_rows_are_switched_off_and_on_from_the_list(sam: Client, page: str) -> None:
    kind = Provider if page == "provider" else ProviderModel
    row = kind._default_manager.get(pk="flux") if page == "provider" else model("flux-2-pro")
    for action, enabled in (("switch_off", False), ("switch_on", True)):
        sam.post(reverse(f"admin:providers_{page}_changelist"), {"action": action, "_selected_action": [row.pk]})
        row.refresh_from_db()
        assert row.enabled is enabled
    assert AuditEntry.objects.filter(action="catalogue.changed").count() == 2


def test_a_price_is_added_for_a_moment_and_a_key_of_its_own() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    said: dict[str, Any] = {
        "provider": "acme",
        "model": "painter",
        "amount": Decimal("0.05"),
        "actor": None,
        "effective_from": since,
    }
    line = add_price(**said, key="hd")
    assert line is not None
    assert (line.effective_from, line.key) == (since, "hd")
    assert add_price(**said, key="hd") is None
    assert add_price(**said) is not None
