"""A price is tried, saved and put back on the hub's pages, and the API's estimates follow."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gencraft_media.accounts.models import User
from tests.browser.conftest import Browse, Look
from tests.browser.steps import card, open_settings
from tests.generation.tenants import Tenant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MODEL = "stability/stable-image-core"


def test_a_price_is_changed_the_estimate_follows_and_the_history_puts_it_back(
    browse: Browse, look: Look, sam: User, alice: Tenant
) -> None:
    before = _estimate(alice)
    assert before == {"baseCost": 0.03, "batchDiscount": 0.018, "totalCost": 0.102, "creditsRequired": 11}
    page = browse(sam)
    page.goto("/admin/")
    open_settings(page, "Pricing")
    price = _price_on_the_page(page)
    look(page)

    pricing = card(page, "Pricing")
    pricing.get_by_label("Markup, percent").fill("50")
    pricing.get_by_label("Reason").fill("Rents went up")
    pricing.get_by_role("button", name="Preview prices").click()
    expect(card(page, "Prices").get_by_text("Not saved", exact=True)).to_be_visible()
    dearer = _price_on_the_page(page)
    assert float(dearer) == pytest.approx(1.5 * float(price))
    assert _estimate(alice) == before, "a preview changes nothing"
    look(page)

    pricing.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Pricing saved. Markup, percent: 50.")).to_be_visible()
    expect(card(page, "Prices").get_by_text("In force", exact=True)).to_be_visible()
    assert _price_on_the_page(page) == dearer
    # Half as much again, and so of what the batch saves.
    assert _estimate(alice) == {"baseCost": 0.045, "batchDiscount": 0.027, "totalCost": 0.153, "creditsRequired": 16}
    look(page)

    _put_back(page, look)
    assert _estimate(alice) == before


def _put_back(page: Page, look: Look) -> None:
    page.get_by_role("link", name="History").click()
    newest = card(page, "History").get_by_role("listitem").first
    expect(newest).to_contain_text("Rents went up")
    look(page)
    newest.get_by_role("link", name="Revert").click()
    expect(card(page, "Confirm").get_by_role("listitem")).to_have_text("Markup percent 50 → 0")
    look(page)
    page.get_by_label("Reason").fill("They did not")
    page.get_by_role("button", name="Revert").click()
    expect(page.get_by_text("back to what was before")).to_be_visible()
    expect(newest).to_contain_text("They did not")
    look(page)


def _price_on_the_page(page: Page) -> str:
    """Of one output, in dollars."""
    row = card(page, "Prices").get_by_role("row", name=MODEL)
    return row.get_by_role("cell").nth(1).inner_text()


def _estimate(tenant: Tenant) -> dict[str, Any]:
    """Of four pictures, in dollars and credits."""
    body = {"provider": "stability", "operation": "text-to-image", "params": {"model": MODEL, "batchSize": 4}}
    answer = tenant.client.post("/api/media/estimate", body)
    assert answer.status_code == 200, answer.json()
    return {name: answer.json()[name] for name in ("baseCost", "batchDiscount", "totalCost", "creditsRequired")}
