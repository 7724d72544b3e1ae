"""Logging in with password and code."""

import pytest
from django.test import Client

from gencraft_media.accounts.models import Authenticator, RecoveryCodes, SafetySettings, User
from gencraft_media.accounts.second_factor import renew_recovery_codes
from gencraft_media.common.versioned import change_settings
from tests.factories import make_super_admin, make_user
from tests.safety.people import code_of, demand_authenticators, give_authenticator, log_in, wrong_code_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam() -> User:
    return make_super_admin()


@pytest.fixture
def app(sam: User) -> Authenticator:
    return give_authenticator(sam)


def test_without_an_app_the_password_is_enough(sam: User) -> None:
    client = Client()
    assert log_in(client, sam).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_with_an_app_the_password_alone_is_refused(sam: User, app: Authenticator) -> None:
    client = Client()
    answer = log_in(client, sam)
    assert answer.status_code == 200
    assert "Enter your authentication code" in answer.content.decode()
    assert client.get("/admin/").status_code == 302


def test_who_does_not_know_the_password_is_not_told_of_the_app(sam: User, app: Authenticator) -> None:
    assert "Enter your authentication code" not in log_in(Client(), sam, password="wrong").content.decode()


def test_password_and_code_open_the_site(sam: User, app: Authenticator) -> None:
    client = Client()
    assert log_in(client, sam, code=code_of(app)).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_a_wrong_code_is_refused_and_the_next_must_wait(sam: User, app: Authenticator) -> None:
    assert log_in(Client(), sam, code=wrong_code_of(app)).status_code == 200
    assert log_in(Client(), sam, code=code_of(app)).status_code == 200
    Authenticator.objects.update(throttling_failure_timestamp="2026-01-01T00:00Z")
    assert log_in(Client(), sam, code=code_of(app)).status_code == 302


def test_a_code_opens_once(sam: User, app: Authenticator) -> None:
    code = code_of(app)
    assert log_in(Client(), sam, code=code).status_code == 302
    assert log_in(Client(), sam, code=code).status_code == 200


def test_the_code_of_somebody_elses_app_does_not_open(sam: User, app: Authenticator) -> None:
    other = give_authenticator(make_super_admin("sue"))
    Authenticator.objects.filter(pk=app.pk).update(key="A" * 32)
    assert log_in(Client(), sam, code=code_of(other)).status_code == 200


def test_a_recovery_code_opens_once_however_it_is_written(sam: User, app: Authenticator) -> None:
    code = renew_recovery_codes(sam)[3]
    assert log_in(Client(), sam, code=f" {code.upper().replace('-', ' ')} ").status_code == 302
    assert log_in(Client(), sam, code=code).status_code == 200
    assert len(RecoveryCodes.objects.get(user=sam).digests) == 9


def test_a_session_from_before_the_app_opens_nothing_until_it_proves_the_code(sam: User) -> None:
    client = Client()
    log_in(client, sam)
    give_authenticator(sam)
    answer = client.get("/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")


@pytest.mark.parametrize(("demanded_of", "may_enter"), [("off", True), ("superadmins", True), ("staff", False)])
def test_the_settings_say_of_which_staff_an_app_is_demanded(demanded_of: str, may_enter: bool) -> None:
    demand_authenticators(demanded_of)
    client = Client()
    client.force_login(make_user("stan", is_staff=True))
    assert (client.get("/admin/").status_code == 200) is may_enter


def test_who_must_set_up_an_app_is_led_there_and_comes_back(sam: User) -> None:
    demand_authenticators("superadmins")
    client = Client()
    log_in(client, sam)
    answer = client.get("/admin/common/auditentry/?page=2")
    assert answer["Location"] == "/admin/authenticator/?next=%2Fadmin%2Fcommon%2Fauditentry%2F%3Fpage%3D2"
    page = client.get(answer["Location"]).content.decode()
    assert "Set one up to go on" in page
    device = Authenticator.objects.get(user=sam)
    shown = client.post(answer["Location"], {"code": code_of(device)}).content.decode()
    assert 'href="/admin/common/auditentry/?page=2"' in shown
    assert client.get("/admin/common/auditentry/").status_code == 200


def test_who_must_set_up_an_app_may_still_leave(sam: User) -> None:
    demand_authenticators("staff")
    client = Client()
    log_in(client, sam)
    client.post("/admin/logout/")
    assert "_auth_user_id" not in client.session


def test_a_session_without_the_code_does_not_operate_the_engine_by_the_api(sam: User) -> None:
    client = Client()
    client.force_login(sam)
    assert client.get("/api/media/admin/models").status_code == 200
    demand_authenticators("superadmins")
    assert client.get("/api/media/admin/models").status_code == 403


def test_the_session_ends_after_the_hours_of_the_settings(sam: User) -> None:
    change_settings(SafetySettings, {"session_hours": 2})
    client = Client()
    log_in(client, sam)
    assert 2 * 3600 - 60 < client.session.get_expiry_age() <= 2 * 3600
