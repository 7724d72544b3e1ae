"""Being asked again before keys and credits."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gencraft_media.accounts.models import Authenticator, User
from gencraft_media.accounts.reauthentication import RECENT_S
from tests.factories import make_super_admin
from tests.safety.people import PASSWORD, code_of, give_authenticator

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.safety.echo_urls")]
ADDRESS = "/admin/echo/lake?page=2"
SECRET = "the-secret-key-of-a-vendor"


@pytest.fixture
def sam() -> User:
    return make_super_admin()


@pytest.fixture
def client(sam: User) -> Client:
    """Sam's browser, long after the log-in."""
    client = Client()
    client.force_login(sam)
    session = client.session
    session["identity_confirmed_at"] -= RECENT_S + 1
    session.save()
    return client


def _sealed(page: str) -> str:
    found = re.search(r'name="sealed_form" value="([^"]*)"', page)
    assert found
    return found[1]


def _confirm(client: Client, sealed: str = "", password: str = PASSWORD, code: str = ""):  # type: ignore[no-untyped-def]
    said = {"sealed_form": sealed, "confirm_password": password}
    return client.post(ADDRESS, {**said, "confirm_code": code} if code else said)


def test_soon_after_the_log_in_nobody_is_asked(sam: User) -> None:
    client = Client()
    client.force_login(sam)
    assert client.get(ADDRESS).json()["name"] == "lake"
    assert client.post(ADDRESS, {"colour": "red"}).json()["colours"] == ["red"]


def test_later_a_page_asks_and_leads_back(client: Client) -> None:
    page = client.get(ADDRESS)
    assert "Confirm that it is you" in page.content.decode()
    answer = _confirm(client)
    assert (answer.status_code, answer["Location"]) == (302, ADDRESS)
    assert client.get(ADDRESS).json()["method"] == "GET"


def test_a_form_that_was_being_sent_goes_on_by_itself(client: Client) -> None:
    page = client.post(ADDRESS, {"colour": ["red", "blue & green"], "key": SECRET})
    assert page.status_code == 403
    assert _confirm(client, _sealed(page.content.decode())).json()["colours"] == ["red", "blue & green"]


def test_what_is_kept_of_a_form_cannot_be_read_in_the_page(client: Client) -> None:
    page = client.post(ADDRESS, {"key": SECRET})
    assert SECRET not in page.content.decode()
    assert page["Cache-Control"] == "no-store"


def test_a_wrong_password_does_nothing_and_keeps_the_form(client: Client) -> None:
    sealed = _sealed(client.post(ADDRESS, {"colour": "red"}).content.decode())
    page = _confirm(client, sealed, password="wrong")
    assert page.status_code == 403
    assert "This is not your password" in page.content.decode()
    assert _sealed(page.content.decode()) == sealed
    assert client.get(ADDRESS).content != b'{"name": "lake"}'


def test_the_password_of_somebody_else_does_not_do(client: Client, sam: User) -> None:
    sue = make_super_admin("sue")
    sue.set_password("another")
    sue.save()
    assert _confirm(client, password="another").status_code == 403


def test_who_has_an_app_is_asked_for_its_code(sam: User) -> None:
    app = give_authenticator(sam)
    client = Client()
    client.force_login(sam)
    session = client.session
    session["identity_confirmed_at"] = 0
    session.save()
    assert _confirm(client).status_code == 403
    Authenticator.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert _confirm(client, code=code_of(app)).status_code == 302


def test_a_form_sealed_for_another_page_or_person_is_not_sent(client: Client) -> None:
    elsewhere = _sealed(client.post("/admin/echo/river", {"colour": "red"}).content.decode())
    assert _confirm(client, elsewhere).status_code == 302


def test_an_invented_form_is_not_sent(client: Client) -> None:
    assert _confirm(client, "invented").status_code == 302


def test_a_form_with_a_file_must_be_sent_again_and_is_told_so(client: Client) -> None:
    page = client.post(ADDRESS, {"file": SimpleUploadedFile("one.png", b"png"), "colour": "red"})
    assert "Nothing was saved yet" in page.content.decode()
    assert _confirm(client, _sealed(page.content.decode())).status_code == 302


def test_five_wrong_passwords_lock_as_at_the_log_in(client: Client) -> None:
    answers = [_confirm(client, password="wrong").status_code for _ in range(6)]
    assert answers == [403, 403, 403, 403, 429, 429]


def test_confirming_holds_for_ten_minutes(client: Client) -> None:
    _confirm(client)
    for seconds, status in ((RECENT_S - 1, 200), (RECENT_S + 1, 403)):
        session = client.session
        first = session["identity_confirmed_at"]
        session["identity_confirmed_at"] = first - seconds
        session.save()
        assert client.post(ADDRESS).status_code == status
        session["identity_confirmed_at"] = first
        session.save()
