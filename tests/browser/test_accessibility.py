"""Nothing serious or critical on any page, in the light on a desk and in the dark on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from billing.models import PricingSettings
from gencraft_media.accounts.models import User
from gencraft_media.common.settings_changes import save_settings
from tests.browser.axe import grave_findings
from tests.browser.conftest import Browse, Look, Scheme
from tests.browser.pages import FIRST_ROW, SIGHTS
from tests.browser.populated import populate
from tests.browser.steps import card, log_in, sidebar_addresses
from tests.browser.watching import Watch
from tests.generation.tenants import Tenant
from tests.safety.people import PASSWORD, code_of, demand_authenticators, give_authenticator
from tests.webhooks.conftest import live_receivers
from tests.webhooks.receivers import Receivers

__all__ = ["live_receivers"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def something_everywhere(sam: User, alice: Tenant, live_receivers: Receivers) -> None:
    """No page is empty."""
    populate(sam, alice, live_receivers.url("ok/a"))
    save_settings(PricingSettings, {"markup_percent": "20"}, actor=sam, reason="Rents went up")


@pytest.mark.usefixtures("something_everywhere")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_serious(browse: Browse, sam: User, scheme: Scheme, width: int) -> None:
    page, stranger = browse(sam, width=width, scheme=scheme), browse(width=width, scheme=scheme)
    findings = []
    for sight in SIGHTS:
        shown = stranger if sight.is_public else page
        sight.open(shown)
        findings += [f"{sight.name}: {found}" for found in grave_findings(shown)]
    assert not findings, "\n".join(findings)


@pytest.mark.usefixtures("something_everywhere")
def test_axe_finds_nothing_serious_on_any_page_of_the_sidebar_and_the_first_of_its_rows(
    browse: Browse, look: Look, sam: User
) -> None:
    page = browse(sam)
    judged = {sight.path for sight in SIGHTS if not sight.follow}
    for address in sidebar_addresses(page):
        page.goto(address)
        if address not in judged:
            look(page)
        row = page.locator(FIRST_ROW)
        if row.count():
            page.goto(row.first.get_attribute("href") or "")
            look(page)


@pytest.mark.usefixtures("something_everywhere")
def test_axe_finds_nothing_serious_on_pages_that_ask_back(browse: Browse, look: Look, sam: User, watch: Watch) -> None:
    page = browse(sam)
    page.goto("/admin/media-settings/pricing/history/")
    page.get_by_role("link", name="Revert").first.click()
    expect(page.get_by_role("heading", name="Put back what was there before?")).to_be_visible()
    look(page)
    page.goto("/admin/password_change/")
    look(page)
    for name in ("user", "project", "membership"):
        page.goto(f"/admin/accounts/{name}/add/")
        look(page)


def test_who_logged_in_long_ago_is_asked_again_and_the_key_is_saved(
    browse: Browse, look: Look, sam: User, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = give_authenticator(sam)
    # The page that asks comes in the place of the one that was asked for.
    watch.expected_statuses.add(403)
    page = browse()
    log_in(page, sam, code_of(app))
    expect(page).to_have_url(re.compile(r"/admin/$"))
    monkeypatch.setattr("gencraft_media.accounts.reauthentication.RECENT_S", 0)
    page.goto("/admin/media-settings/providers/")
    card(page, "OpenAI").get_by_label("API key").fill("sk-canary-of-this-test-1a2b")
    card(page, "OpenAI").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    look(page)
    _confirm(page, code_of(app, steps_ahead=1))
    expect(page.get_by_text("OpenAI saved.")).to_be_visible()


def test_the_log_in_that_asks_for_a_code_is_judged_too(browse: Browse, look: Look, sam: User) -> None:
    give_authenticator(sam)
    demand_authenticators("superadmins")
    page = browse()
    log_in(page, sam)
    expect(page.get_by_text("Enter your authentication code as well")).to_be_visible()
    look(page)


def _confirm(page: Page, code: str) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Authentication code").fill(code)
    page.get_by_role("button", name="Confirm").click()
