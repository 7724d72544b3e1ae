"""From the log-in to a picture: a provider's key is entered, tried and used, and the dashboard moves."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from gencraft_media.accounts.models import User
from gencraft_media.generation.calls import transport
from tests.browser.conftest import Browse, Look
from tests.browser.steps import beat, card, figure, follow, log_in, open_settings
from tests.generation.driving import drive
from tests.generation.tenants import Tenant, captured
from tests.safety.people import code_of, demand_authenticators, give_authenticator
from tests.vendors.openai.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEY = "sk-canary-of-this-journey-1a2b"
MODEL = "openai/gpt-image-2.5-flare"
SQUARE: dict[str, Any] = {"provider": "openai", "width": 1024, "height": 1024}


@pytest.fixture
def openai(site: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """OpenAI's server on this machine; the engine has its address, and no key."""
    with Server(slow_s=0.1) as server:
        settings.EGRESS_ALLOW = ["127.0.0.1"]
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        transport.cache_clear()
        yield server
    transport.cache_clear()
    assert server.violations == []


def test_a_key_is_entered_tried_and_used_and_the_dashboard_moves(
    browse: Browse, look: Look, sam: User, alice: Tenant, openai: Server
) -> None:
    app = give_authenticator(sam)
    demand_authenticators("superadmins")
    refused = alice.ask(MODEL, **SQUARE)
    assert refused.json()["code"] == "provider_not_configured"
    page = browse()
    log_in(page, sam, code_of(app))
    expect(page).to_have_url(re.compile(r"/admin/$"))
    expect(page.get_by_role("heading", name="Nothing was made in this period yet")).to_be_visible()
    look(page)

    _enter_key(page, look)

    job = drive(alice.start(MODEL, **SQUARE))
    assert job.status == "completed", job.error
    assert openai.received[-1].headers["authorization"] == f"Bearer {KEY}"
    _see_the_picture(page, look, MODEL)
    _see_the_figures(page, look, credits=captured(job))


def _enter_key(page: Page, look: Look) -> None:
    open_settings(page, "Providers")
    openai = card(page, "OpenAI")
    expect(openai.get_by_text("No key", exact=True)).to_be_visible()
    openai.get_by_label("API key").fill("sk-bad-and-mistyped-0000")
    openai.get_by_role("button", name="Test connection").click()
    expect(openai.get_by_role("status")).to_contain_text("OpenAI refuses the key")
    look(page)
    openai.get_by_label("API key").fill(KEY)
    openai.get_by_role("button", name="Test connection").click()
    expect(openai.get_by_role("status")).to_contain_text("OpenAI takes the key")
    expect(openai.get_by_label("API key")).to_have_attribute("placeholder", "••••1a2b (not saved yet)")
    look(page)
    openai.get_by_role("button", name="Save").click()
    expect(page.get_by_text("OpenAI saved.")).to_be_visible()
    expect(openai.get_by_text("Ready", exact=True)).to_be_visible()
    assert KEY not in page.content()
    look(page)


def _see_the_picture(page: Page, look: Look, model: str) -> None:
    follow(page, "Jobs")
    look(page)
    page.locator("#result_list tbody").get_by_role("link").first.click()
    expect(page.get_by_text(model).first).to_be_visible()
    shown = page.locator("#content img[src*='/media/']").first
    expect(shown).to_be_visible()
    look(page)


def _see_the_figures(page: Page, look: Look, *, credits: int | None) -> None:
    """As the operator does: the sums are made, and the page is opened again."""
    beat("roll-up")
    follow(page, "Overview")
    expect(figure(page, "Success")).to_contain_text("1 completed, 0 failed")
    expect(figure(page, "Success")).to_contain_text("100")
    expect(figure(page, "Pictures")).to_contain_text("of 1 job")
    expect(figure(page, "Credits spent").locator(".dash-value")).to_have_text(str(credits))
    expect(figure(page, "Provider cost")).to_contain_text("1 confirmed")
    look(page)
