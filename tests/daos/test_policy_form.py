"""The plan policy in the admin: the language model's key goes in, belongs to one address, and never comes out."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gencraft_media.accounts.models import User
from gencraft_media.common.settings_changes import newest_settings, save_settings
from gencraft_media.daos.models import PlanPolicy

KEY = "sk-of-no-worth"
URL = "https://models.example.com/v1"


@pytest.fixture
def browser(client: Client, sam: User) -> Client:
    """Sam's browser, with a language model in force."""
    save_settings(
        PlanPolicy, {"language_model_url": URL, "language_model": "small", "language_model_key": KEY}, actor=None
    )
    client.force_login(sam)
    return client


def test_the_key_is_on_no_page(browser: Client) -> None:
    row = newest_settings(PlanPolicy)
    pages = [browser.get(_address("add")), browser.get(_address("change", row.pk)), browser.get(_address("changelist"))]
    assert [page.status_code for page in pages] == [200] * 3
    assert [page for page in pages if KEY in page.content.decode()] == []


def test_an_empty_key_keeps_the_one_there_is(browser: Client) -> None:
    _save(browser, second_person_above="50")
    policy = newest_settings(PlanPolicy)
    assert (str(policy.second_person_above), policy.language_model_key) == ("50.00", KEY)


def test_a_new_key_takes_its_place(browser: Client) -> None:
    _save(browser, new_key="sk-another")
    assert newest_settings(PlanPolicy).language_model_key == "sk-another"


@pytest.mark.parametrize("url", ["https://other.example.com/v1", ""])
def test_the_key_is_not_sent_to_another_address(browser: Client, url: str) -> None:
    _save(browser, language_model_url=url)
    policy = newest_settings(PlanPolicy)
    assert (policy.language_model_url, policy.language_model_key) == (url, "")


@pytest.mark.parametrize("url", ["http://models.example.com/v1", "https://127.0.0.1/v1", "https://[::1]/v1"])
def test_an_address_that_egress_does_not_let_out_to_is_refused(browser: Client, url: str) -> None:
    answer = _save(browser, language_model_url=url)
    assert answer.status_code == 200
    assert newest_settings(PlanPolicy).language_model_url == URL


def test_an_address_needs_the_name_of_a_model(browser: Client) -> None:
    assert "Which model shall be asked there?" in _save(browser, language_model="").content.decode()


def _save(browser: Client, **said: str) -> Any:
    fields = {
        "second_person_above": "",
        "language_model_url": URL,
        "language_model": "small",
        "new_key": "",
        "reason": "",
    }
    return browser.post(_address("add"), {**fields, **said})


def _address(page: str, *args: Any) -> str:
    return reverse(f"admin:daos_planpolicy_{page}", args=args)
