"""Logging in with a second factor, what a support user sees, and what the policies stop, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from gencraft_media.accounts.models import Authenticator, User
from tests.browser.axe import grave_findings
from tests.browser.conftest import Browse
from tests.browser.steps import log_in, sidebar_addresses
from tests.browser.watching import Watch
from tests.factories import make_key
from tests.generation.driving import drive
from tests.generation.tenants import Tenant
from tests.safety.people import code_of, demand_authenticators
from tests.safety.staff import make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_app_is_set_up_and_then_opens_the_site(browse: Browse, sam: User) -> None:
    demand_authenticators("superadmins")
    page = browse()
    log_in(page, sam)
    expect(page.get_by_alt_text("QR code")).to_be_visible()
    assert page.get_by_alt_text("QR code").evaluate("picture => picture.naturalWidth") > 100
    page.get_by_label("Code that the app shows").fill(code_of(Authenticator.objects.get(user=sam)))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("list", name="Recovery codes").get_by_role("listitem")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(re.compile(r"/admin/$"))
    again = browse()
    log_in(again, sam)
    expect(again.get_by_text("Enter your authentication code as well")).to_be_visible()
    log_in(again, sam, code_of(Authenticator.objects.get(user=sam), steps_ahead=1))
    expect(again).to_have_url(re.compile(r"/admin/$"))


def test_too_many_failures_show_a_page_that_says_until_when(browse: Browse, sam: User, watch: Watch) -> None:
    watch.expected_statuses.add(429)
    page = browse(width=390)
    for _ in range(5):
        log_in(page, sam, password="wrong")
        page.wait_for_load_state()
    expect(page.get_by_text("Try again in 15 minutes")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the log-in")).to_be_visible()
    assert grave_findings(page) == []


def test_a_support_user_sees_no_key_and_no_button(browse: Browse, alice: Tenant, watch: Watch) -> None:
    job = drive(alice.start())
    key, _ = make_key(alice.project, name="second")
    watch.expected_statuses.add(403)
    page = browse(make_staff("Support"))
    links = sidebar_addresses(page)
    assert "/admin/accounts/apikey/" not in links
    assert "/admin/providers/provideraccount/" not in links
    assert len(links) > 20
    # What people do about themselves is theirs to do.
    links = [link for link in links if link not in ("/admin/password_change/", "/admin/authenticator/")]
    for address in (*links, f"/admin/generation/generationjob/{job.pk}/change/"):
        page.goto(address)
        assert key.prefix not in page.content(), address
        # Search and filters are there for everybody; they are asked, not sent.
        assert page.locator("#content form[method=post] :is(button, [type=submit])").count() == 0, address
        assert page.locator("#content a[href*='/add/']").count() == 0, address
    assert page.goto(f"/admin/accounts/apikey/{key.pk}/change/").status == 403  # type: ignore[union-attr]


def test_the_policy_stops_a_script_in_the_page(browse: Browse, sam: User, watch: Watch) -> None:
    page = browse(sam)
    page.goto("/admin/")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.wasRun = true";
            document.body.append(script);
        }"""
    )
    assert page.evaluate("window.wasRun") is None
    assert "violates the following Content Security Policy" in watch.problems.pop()


@pytest.mark.parametrize("address", ["/", "/api/docs/", "/problems", "/problems/not_found", "/admin/login/"])
def test_the_public_pages_work_under_their_policies(browse: Browse, address: str) -> None:
    page = browse()
    answer = page.goto(address)
    assert answer is not None
    assert answer.ok
    assert "default-src 'none'" in (answer.header_value("content-security-policy") or "")
    expect(page.locator("h1, h2").first).to_be_visible()


def test_a_picture_of_the_engine_is_shown_under_the_policy(browse: Browse, sam: User, alice: Tenant) -> None:
    drive(alice.start())
    page = browse(sam)
    page.goto("/admin/assets/mediaasset/")
    shown = page.locator("#content img[src*='/media/']").first
    expect(shown).to_be_visible()
    assert shown.evaluate("picture => picture.complete && picture.naturalWidth > 0")
