"""Plain English in the browser: a plan is previewed, applied and undone, and one for two days ends by itself."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from gencraft_media.accounts.models import User
from gencraft_media.common.clock import database_now
from gencraft_media.console.demo.time_travel import Clock, travelling
from tests.browser.conftest import Browse, Look
from tests.browser.steps import beat, follow
from tests.browser.watching import Watch
from tests.generation.tenants import Tenant, put_on_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HD = "Set default image quality to HD for premium users"
CLOSED = "Turn off image generation for the pro plan for two days"


@pytest.fixture
def premium(alice: Tenant) -> Tenant:
    """Alice, on the plan that premium means."""
    put_on_plan(alice, "pro")
    return alice


def test_a_plan_is_previewed_applied_and_undone(browse: Browse, look: Look, sam: User, premium: Tenant) -> None:
    page = browse(sam)
    page.goto("/admin/")
    follow(page, "Plain English")
    look(page)
    standard = _price(premium)

    _ask(page, HD)
    expect(page.get_by_text("“premium” is taken for the plan pro.")).to_be_visible()
    _expect_change(page, "Quality by default, for the plan Pro", "not set", "hd")
    assert _price(premium) == standard, "a preview changes nothing"
    look(page)

    page.get_by_role("button", name="Apply this change").click()
    expect(page.get_by_text("Applied. It holds in every process within a second.")).to_be_visible()
    assert _price(premium) > standard
    look(page)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone. Every value is what it was before.")).to_be_visible()
    expect(page.get_by_role("heading", name="What it had changed")).to_be_visible()
    assert _price(premium) == standard
    look(page)


def test_a_plan_for_two_days_ends_by_itself(
    browse: Browse, look: Look, sam: User, premium: Tenant, watch: Watch
) -> None:
    watch.expected_statuses.add(422)
    page = browse(sam)
    page.goto("/admin/plain-english/")
    _ask(page, CLOSED.replace("pro plan", "moonlight plan"))
    expect(page.get_by_role("alert")).to_contain_text("moonlight")
    look(page)

    _ask(page, CLOSED)
    _expect_change(page, "Pictures may be generated, for the plan Pro", "not set", "no")
    page.get_by_role("button", name="Apply this change for 2 days").click()
    expect(page.get_by_text("Applied.")).to_be_visible()
    assert premium.ask().json()["code"] == "generation_disabled"

    applied = database_now()
    _beat_after(applied, timedelta(hours=47))
    assert premium.ask().json()["code"] == "generation_disabled"
    _beat_after(applied, timedelta(hours=48, minutes=1))
    assert premium.ask().status_code == 202
    page.reload()
    expect(page.get_by_text("Ended by itself")).to_be_visible()
    look(page)
    follow(page, "Plain English")
    expect(page.get_by_role("listitem").filter(has_text=CLOSED)).to_contain_text("ended")
    look(page)


def _ask(page: Page, sentence: str) -> None:
    page.get_by_label("Sentence").fill(sentence)
    page.get_by_role("button", name="Show what would change").click()


def _expect_change(page: Page, label: str, before: str, after: str) -> None:
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=label))
    expect(row.get_by_role("deletion")).to_have_text(before)
    expect(row.get_by_role("insertion")).to_have_text(after)


def _beat_after(moment: datetime, passed: timedelta) -> None:
    with travelling(Clock(moment + passed)):
        beat("end-configuration-plans")


def _price(tenant: Tenant) -> float:
    """Of one picture in the quality that holds where none is named, in dollars."""
    body = {"provider": "openai", "operation": "text-to-image", "params": {"model": "openai/gpt-image-2.5-flare"}}
    answer = tenant.client.post("/api/media/estimate", body)
    assert answer.status_code == 200, answer.json()
    return float(answer.json()["totalCost"])
