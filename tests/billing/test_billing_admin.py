"""What Sam can do with money in the admin, and what nobody can."""

import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from billing.ledger import hold_credits, resolve_hold
from billing.margins import find_margin_warning
from billing.models import Plan, PriceLine, ProviderCost
from gencraft_media.common.models import AuditEntry
from tests.billing.accounts import owner_with
from tests.billing.test_usage_and_costs import book, use
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db
ROWS = ("ledgerentry", "credithold", "holdresolution", "mediausage", "providercost", "creditaccount")


@pytest.fixture
def sam() -> Client:
    """Sam, logged in."""
    client = Client()
    client.force_login(make_super_admin())
    return client


@pytest.mark.parametrize("page", [*ROWS, "quotacounter", "quotareservation", "priceline", "plan"])
def test_every_list_opens(sam: Client, page: str) -> None:
    job = uuid.uuid4()
    hold_credits(owner_id=owner_with(5), job_id=job, credits=1)
    resolve_hold(job_id=job, captured=1)
    use()
    book("suspected")
    assert sam.get(reverse(f"admin:billing_{page}_changelist")).status_code == 200


@pytest.mark.parametrize("page", ROWS)
def test_rows_of_money_are_not_added_by_hand(sam: Client, page: str) -> None:
    assert sam.get(reverse(f"admin:billing_{page}_add")).status_code == 403


def test_a_price_is_added_and_never_edited(sam: Client) -> None:
    form = {
        "provider": "acme",
        "model": "painter",
        "operation": "text-to-image",
        "kind": "image",
        "key": "",
        "amount": "0.05",
        "hd_multiplier": "2",
        "effective_from_0": "2026-01-01",
        "effective_from_1": "00:00:00",
        "source": "their price page",
        "parameters": "{}",
    }
    assert sam.post(reverse("admin:billing_priceline_add"), form).status_code == 302
    line = PriceLine.objects.get()
    changed = sam.post(reverse("admin:billing_priceline_change", args=[line.pk]), {**form, "amount": "0.01"})
    assert changed.status_code == 403
    assert PriceLine.objects.get().amount == Decimal("0.05")
    assert AuditEntry.objects.filter(action="billing.add_price_line").exists()


@pytest.mark.parametrize(("action", "certainty"), [("confirm_costs", "confirmed"), ("dismiss_costs", "dismissed")])
def test_sam_settles_a_suspected_cost(sam: Client, action: str, certainty: str) -> None:
    cost = book("suspected")
    sam.post(reverse("admin:billing_providercost_changelist"), {"action": action, "_selected_action": str(cost.pk)})
    assert ProviderCost.objects.get().certainty == certainty


def test_the_terms_of_a_plan_are_changed_and_remembered(sam: Client) -> None:
    form = {"label": "Free", "monthly_outputs": "20", "monthly_credits": "100", "concurrent_jobs": "2", "weight": "1"}
    assert sam.post(reverse("admin:billing_plan_change", args=["free"]), form).status_code == 302
    assert Plan.objects.get(pk="free").monthly_outputs == 20
    assert AuditEntry.objects.get(action="billing.change_plan_terms").after == {"monthly_outputs": 20}


@pytest.mark.parametrize(
    ("markup", "cap", "warns"),
    [("0", "0", False), ("0", "0.25", True), ("33.33", "0.25", True), ("33.34", "0.25", False), ("100", "1", True)],
)
def test_warns_exactly_when_the_largest_discount_exceeds_the_margin(markup: str, cap: str, warns: bool) -> None:
    assert (find_margin_warning(Decimal(markup), Decimal(cap)) is not None) is warns
