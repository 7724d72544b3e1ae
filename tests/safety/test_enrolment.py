"""Setting up an authenticator app, and giving it up."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from gencraft_media.accounts.models import Authenticator, RecoveryCodes, User
from gencraft_media.common.clock import database_now
from gencraft_media.common.models import AuditEntry
from tests.factories import make_super_admin, make_user
from tests.safety.people import code_of, demand_authenticators, log_in, wrong_code_of

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/authenticator/"


@pytest.fixture
def sam() -> User:
    return make_super_admin()


@pytest.fixture
def client(sam: User) -> Client:
    client = Client()
    log_in(client, sam)
    return client


def _set_up(client: Client, sam: User) -> list[str]:
    client.get(ADDRESS)
    page = client.post(ADDRESS, {"code": code_of(Authenticator.objects.get(user=sam))}).content.decode()
    return re.findall(r"select-all\">([a-z2-7-]{19})<", page)


def test_the_page_shows_a_picture_and_the_key_and_nothing_is_on_yet(client: Client, sam: User) -> None:
    answer = client.get(ADDRESS)
    device = Authenticator.objects.get(user=sam)
    assert "data:image/svg+xml;base64," in answer.content.decode()
    assert device.key[:4] in answer.content.decode()
    assert not device.confirmed
    assert "no-store" in answer["Cache-Control"]


def test_reloading_keeps_the_key_that_was_scanned(client: Client, sam: User) -> None:
    client.get(ADDRESS)
    before = Authenticator.objects.get(user=sam).key
    client.get(ADDRESS)
    assert Authenticator.objects.get(user=sam).key == before


def test_a_key_that_was_shown_long_ago_is_not_shown_again(client: Client, sam: User) -> None:
    client.get(ADDRESS)
    before = Authenticator.objects.get(user=sam)
    Authenticator.objects.update(created_at=database_now() - timedelta(hours=1))
    client.get(ADDRESS)
    assert Authenticator.objects.get(user=sam).key != before.key


def test_the_first_code_switches_it_on_and_shows_ten_recovery_codes(client: Client, sam: User) -> None:
    codes = _set_up(client, sam)
    assert len(set(codes)) == 10
    assert Authenticator.objects.get(user=sam).confirmed
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(action="accounts.second_factor_on", actor_id=sam.pk).exists()


def test_a_wrong_first_code_switches_nothing_on(client: Client, sam: User) -> None:
    client.get(ADDRESS)
    device = Authenticator.objects.get(user=sam)
    page = client.post(ADDRESS, {"code": wrong_code_of(device)}).content.decode()
    assert "This code is not right" in page
    assert not Authenticator.objects.filter(confirmed=True).exists()


def test_neither_key_nor_codes_stand_in_the_database(client: Client, sam: User) -> None:
    codes = _set_up(client, sam)
    device, kept = Authenticator.objects.get(user=sam), RecoveryCodes.objects.get(user=sam)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM authenticators")
        assert device.key not in cursor.fetchone()[0]
    assert not any(code in str(kept.digests) or code.replace("-", "") in str(kept.digests) for code in codes)


def test_new_recovery_codes_void_the_old(client: Client, sam: User) -> None:
    old = _set_up(client, sam)
    page = client.post(ADDRESS, {"wish": "codes"}).content.decode()
    new = re.findall(r"select-all\">([a-z2-7-]{19})<", page)
    assert log_in(Client(), sam, code=old[0]).status_code == 200
    RecoveryCodes.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    assert log_in(Client(), sam, code=new[0]).status_code == 302


def test_it_can_be_switched_off(client: Client, sam: User) -> None:
    _set_up(client, sam)
    client.post(ADDRESS, {"wish": "off"})
    assert not Authenticator.objects.exists()
    assert not RecoveryCodes.objects.exists()
    assert log_in(Client(), sam).status_code == 302


def test_it_cannot_be_switched_off_where_it_is_demanded(client: Client, sam: User) -> None:
    _set_up(client, sam)
    demand_authenticators("superadmins")
    client.post(ADDRESS, {"wish": "off"})
    assert Authenticator.objects.filter(user=sam, confirmed=True).exists()


def test_switching_off_asks_again_who_it_is(client: Client, sam: User) -> None:
    _set_up(client, sam)
    session = client.session
    session["identity_confirmed_at"] = 0
    session.save()
    answer = client.post(ADDRESS, {"wish": "off"})
    assert answer.status_code == 403
    assert Authenticator.objects.filter(user=sam).exists()


def test_the_page_is_for_staff() -> None:
    client = Client()
    client.force_login(make_user("charlie"))
    assert client.get(ADDRESS)["Location"].startswith("/admin/login/")


def test_the_next_address_is_never_another_site(client: Client, sam: User) -> None:
    client.get(ADDRESS)
    device = Authenticator.objects.get(user=sam)
    page = client.post(ADDRESS + "?next=https://evil.example/", {"code": code_of(device)}).content.decode()
    assert "evil.example" not in re.sub(r'action="[^"]*"', "", page)
