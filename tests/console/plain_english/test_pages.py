"""Plain English in the dashboard: a sentence only ever becomes a plan, and a plan is applied by a second request."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from gencraft_media.accounts.models import User
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.daos.models import ConfigurationPlan, PlanPolicy, PlanState
from gencraft_media.daos.services import propose_plan
from gencraft_media.generation.models import MediaSettings
from tests.console.media_settings.hub import staff_with, text_of
from tests.factories import make_super_admin, session_client
from tests.generation.rows import load_rows

HOME = "/admin/plain-english/"
HD = "Set default image quality to HD for premium users"


@pytest.fixture(autouse=True)
def catalogue(db: None) -> None:
    """Models and prices."""
    load_rows()


@pytest.fixture
def sam() -> Client:
    """The browser of a SuperAdmin."""
    return _browser(make_super_admin())


@pytest.fixture
def support() -> Client:
    """The browser of somebody who may only look."""
    return _browser(staff_with("daos.view_configurationplan"))


def test_a_sentence_is_previewed_applied_and_undone(sam: Client) -> None:
    preview = _ask(sam, HD)
    assert "Quality by default, for the plan Pro not set hd" in text_of(preview)
    assert "“premium” is taken for the plan pro." in text_of(preview)
    assert _quality() == ""
    plan = ConfigurationPlan.objects.get()
    applied = _take(sam, plan, "apply", digest=_field(preview, "digest"))
    assert "Applied." in text_of(applied)
    assert _quality() == "hd"
    undone = _take(sam, plan, "undo")
    assert "Undone." in text_of(undone)
    assert _quality() == ""


def test_it_works_without_a_script(sam: Client) -> None:
    pages = [sam.get(HOME), _ask(sam, HD)]
    for page in pages:
        assert re.findall(r"<script|\son\w+=|x-data|@click", _main(page)) == []


def test_a_refusal_names_the_words_and_sentences_that_are_understood(sam: Client) -> None:
    answer = sam.post(HOME, {"sentence": "Set the qualty to HD <b>", "csrfmiddlewaretoken": _token(sam)})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "code, markup or an address" in text_of(answer)
    assert "<b>" not in page
    answer = sam.post(HOME, {"sentence": "Set the qualty to HD", "csrfmiddlewaretoken": _token(sam)})
    page = answer.content.decode()
    assert "<mark>qualty</mark>" in page
    assert f'href="?sentence={quote(HD, safe="")}"' in page
    assert not ConfigurationPlan.objects.exists()


def test_a_sentence_in_the_address_only_fills_the_box(sam: Client) -> None:
    page = sam.get(HOME, {"sentence": HD}).content.decode()
    assert f">{HD}</textarea>" in page
    assert not ConfigurationPlan.objects.exists()


def test_no_link_applies_a_plan(sam: Client) -> None:
    plan = _plan()
    for step in ("apply", "approve", "undo"):
        assert sam.get(_address(plan, step), {"digest": plan.digest}).status_code == 405
    assert _state(plan) == PlanState.PROPOSED


def test_nothing_is_taken_from_another_site(sam: Client) -> None:
    plan = _plan()
    assert sam.post(HOME, {"sentence": HD}).status_code == 403
    assert sam.post(_address(plan, "apply"), {"digest": plan.digest}).status_code == 403
    assert _state(plan) == PlanState.PROPOSED


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_only_the_plan_that_was_looked_at_is_applied(sam: Client, digest: str) -> None:
    plan = _plan()
    assert "The digest is not" in text_of(_take(sam, plan, "apply", digest=digest))
    assert (_state(plan), _quality()) == (PlanState.PROPOSED, "")


def test_a_plan_is_stale_once_what_it_was_made_from_changed(sam: Client) -> None:
    plan = _plan()
    save_settings(MediaSettings, {"quality": "standard"}, scope="plan:pro", actor=None)
    answer = _take(sam, plan, "apply", digest=plan.digest)
    assert _state(plan) == PlanState.STALE
    assert "Ask for it again" in text_of(answer)
    assert "Apply" not in _buttons(answer)


def test_who_may_only_look_sees_no_button_and_can_do_nothing(support: Client) -> None:
    plan = _plan()
    for page in (support.get(HOME), support.get(_address(plan))):
        assert page.status_code == 200
        assert _buttons(page) == ""
    for address in (HOME, *(_address(plan, step) for step in ("apply", "approve", "undo"))):
        said = {"sentence": HD, "digest": plan.digest, "csrfmiddlewaretoken": _token(support)}
        assert support.post(address, said).status_code == 403
    assert (_state(plan), ConfigurationPlan.objects.count()) == (PlanState.PROPOSED, 1)


def test_who_may_not_even_look_finds_no_link_and_no_page() -> None:
    browser = _browser(staff_with("assets.view_mediaasset"))
    assert browser.get(HOME).status_code == 403
    assert HOME not in browser.get(reverse("admin:index")).content.decode()


def test_who_may_not_change_prices_by_form_may_not_by_a_plan() -> None:
    rights = ("daos.view_configurationplan", "daos.add_configurationplan", "generation.change_mediasettings")
    browser = _browser(staff_with(*rights))
    answer = browser.post(HOME, {"sentence": "Set the markup to 20%", "csrfmiddlewaretoken": _token(browser)})
    assert answer.status_code == 403
    assert "billing.change_pricingsettings" in text_of(answer)
    plan = propose_plan(actor=None, sentence="Set the markup to 20%")
    page = browser.get(_address(plan))
    assert "Apply" not in _buttons(page)
    assert "You may not change all of these values by form" in text_of(page)


def test_a_large_plan_is_approved_by_somebody_else_first() -> None:
    sam, olga = make_super_admin("sam"), make_super_admin("olga")
    plan = propose_plan(actor=sam, sentence=HD)
    ConfigurationPlan.objects.filter(pk=plan.pk).update(needs_second_person=True)
    own = _browser(sam).get(_address(plan))
    assert ("Approve" in _buttons(own), "Apply" in _buttons(own)) == (False, False)
    assert "a second person has to approve it" in text_of(own)
    other = _browser(olga)
    assert "Approve" in _buttons(other.get(_address(plan)))
    approved = _take(other, plan, "approve")
    assert "Apply" in _buttons(approved)
    assert _state(plan) == PlanState.APPROVED


def test_a_policy_made_stricter_meanwhile_offers_the_approval_that_it_asks_for() -> None:
    sam, olga = make_super_admin("sam"), make_super_admin("olga")
    plan, nobodys = propose_plan(actor=sam, sentence=HD), propose_plan(actor=None, sentence=HD)
    save_settings(PlanPolicy, {"second_person_above": "-1"}, actor=None)
    assert "a second person has to approve it: ask" in text_of(_browser(sam).get(_address(plan)))
    buttons = _buttons(_browser(olga).get(_address(plan)))
    assert ("Approve" in buttons, "Apply" in buttons) == (True, False)
    page = _browser(olga).get(_address(nobodys))
    assert ("Approve" in _buttons(page), "in nobody's name" in text_of(page)) == (False, True)


def test_a_plan_says_how_long_it_holds_and_that_nothing_would_change(sam: Client) -> None:
    page = _ask(sam, "Disable flux for two days")
    assert "Apply this change for 2 days" in text_of(page)
    page = _ask(sam, "Set the markup to 0%")
    assert "Nothing would change: everything is so already." in text_of(page)
    assert "Apply" not in _buttons(page)


def test_plans_are_listed_with_their_states_page_by_page(sam: Client) -> None:
    for number in range(16):
        propose_plan(actor=None, sentence=f"Set the markup to {number + 1}%")
    first, second = sam.get(HOME), sam.get(HOME, {"page": "2"})
    assert text_of(first).count("Set the markup to") >= 15
    assert "Page 1 of 2" in text_of(first)
    assert "Set the markup to 1%" in text_of(second)


def test_an_unknown_plan_or_step_is_not_found(sam: Client) -> None:
    plan = _plan()
    missing = "00000000-0000-4000-8000-000000000000"
    assert sam.get(f"{HOME}{missing}/").status_code == 404
    assert sam.post(_address(plan, "delete"), {"csrfmiddlewaretoken": _token(sam)}).status_code == 404


def test_the_language_model_is_offered_only_where_one_is_named(sam: Client) -> None:
    said = {"sentence": "Make it crisper", "csrfmiddlewaretoken": _token(sam)}
    assert "Ask the language model" not in _buttons(sam.post(HOME, said))
    save_settings(PlanPolicy, {"language_model_url": "https://example.com/v1", "language_model": "small"}, actor=None)
    assert "Ask the language model" in _buttons(sam.post(HOME, said))
    assert "Ask the language model" not in _buttons(sam.get(HOME))


def _browser(user: User) -> Client:
    return session_client(user)


def _ask(browser: Client, sentence: str) -> Any:
    return browser.post(HOME, {"sentence": sentence, "csrfmiddlewaretoken": _token(browser)}, follow=True)


def _take(browser: Client, plan: ConfigurationPlan, step: str, **said: str) -> Any:
    return browser.post(_address(plan, step), {**said, "csrfmiddlewaretoken": _token(browser)}, follow=True)


def _plan() -> ConfigurationPlan:
    return propose_plan(actor=None, sentence=HD)


def _address(plan: ConfigurationPlan, step: str = "") -> str:
    return f"{HOME}{plan.pk}/{f'{step}/' if step else ''}"


def _token(browser: Client) -> str:
    browser.get(reverse("admin:password_change"))
    return browser.cookies["csrftoken"].value


def _field(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def _buttons(answer: Any) -> str:
    """The words on the buttons of the page itself."""
    return " ".join(re.findall(r"<button[^>]*>([^<]*)", _main(answer)))


def _main(answer: Any) -> str:
    """The page itself, without the frame that all pages have around it."""
    page: str = answer.content.decode()
    return page.split('class="page-stack plain"')[1].rpartition("</section>")[0]


def _state(plan: ConfigurationPlan) -> str:
    return ConfigurationPlan.objects.get(pk=plan.pk).state


def _quality() -> str:
    row = MediaSettings.objects.filter(scope="plan:pro").order_by("-version").first()
    return row.quality if row is not None else ""
