"""Too many failed log-ins."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client, RequestFactory
from pytest_django import Settings

from gencraft_media.accounts.models import Authenticator, User
from gencraft_media.common.models import AuditEntry
from gencraft_media.console.safety.lockout import address_of, lockout_page
from tests.factories import make_super_admin
from tests.safety.people import PASSWORD, code_of, give_authenticator, log_in, wrong_code_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam() -> User:
    return make_super_admin()


def _fail(user: User, times: int = 5) -> Client:
    client = Client()
    for _ in range(times):
        log_in(client, user, password="wrong")
    return client


def test_four_failures_do_not_lock(sam: User) -> None:
    assert log_in(_fail(sam, 4), sam).status_code == 302


def test_the_fifth_failure_locks_and_says_until_when(sam: User) -> None:
    client = _fail(sam, 4)
    answer = log_in(client, sam, password="wrong")
    assert answer.status_code == 429
    assert "Try again in 15 minutes" in answer.content.decode()
    assert 890 <= int(answer["Retry-After"]) <= 900
    assert log_in(client, sam).status_code == 429


def test_trying_while_locked_does_not_make_it_longer(sam: User) -> None:
    client = _fail(sam)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=10))
    assert "Try again in 5 minutes" in log_in(client, sam).content.decode()
    assert "Try again in 5 minutes" in log_in(client, sam).content.decode()


def test_after_the_wait_the_right_password_opens(sam: User) -> None:
    client = _fail(sam)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16))
    assert log_in(client, sam).status_code == 302


def test_only_this_user_from_this_address_is_locked(sam: User) -> None:
    sue = make_super_admin("sue")
    client = _fail(sam)
    assert log_in(client, sue).status_code == 302
    assert log_in(Client(REMOTE_ADDR="203.0.113.9"), sam).status_code == 302


def test_wrong_codes_lock_as_well(sam: User) -> None:
    app = give_authenticator(sam)
    client = Client()
    for _ in range(5):
        Authenticator.objects.update(throttling_failure_timestamp=None)
        answer = log_in(client, sam, code=wrong_code_of(app))
    assert answer.status_code == 429
    Authenticator.objects.update(throttling_failure_timestamp=None)
    assert log_in(client, sam, code=code_of(app)).status_code == 429


def test_an_open_session_is_not_locked_out(sam: User) -> None:
    inside = Client()
    inside.force_login(sam)
    _fail(sam)
    assert inside.get("/admin/").status_code == 200


def test_neither_password_nor_code_is_kept_of_a_failure(sam: User) -> None:
    log_in(Client(), sam, password="nearly-my-password", code="123456")
    row = AccessAttempt.objects.get()
    assert "nearly-my-password" not in row.post_data
    assert "123456" not in row.post_data


def test_a_command_ends_the_wait(sam: User) -> None:
    client = _fail(sam)
    call_command("axes_reset_username", sam.email, verbosity=0)
    assert log_in(client, sam).status_code == 302


def test_an_administrator_ends_the_wait_on_a_page(sam: User) -> None:
    client = _fail(sam)
    inside = Client()
    inside.force_login(make_super_admin("sue"))
    address = "/admin/axes/accessattempt/"
    assert str(sam.email) in inside.get(address).content.decode()
    inside.post(address, {"action": "end_wait", "_selected_action": AccessAttempt.objects.get().pk})
    assert log_in(client, sam).status_code == 302
    assert AuditEntry.objects.filter(action="accounts.end_log_in_wait").exists()


@pytest.mark.parametrize(
    ("behind_proxy", "told", "address"),
    [
        (False, "203.0.113.1", "10.0.0.1"),
        (True, "203.0.113.1", "203.0.113.1"),
        (True, "198.51.100.9, 203.0.113.1", "203.0.113.1"),
        (True, "", None),
        (True, "not an address", None),
    ],
)
def test_a_proxy_is_believed_only_where_there_is_one(
    settings: Settings, behind_proxy: bool, told: str, address: str | None
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    request = RequestFactory(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=told).get("/")
    assert address_of(request) == address


def test_programs_are_told_as_a_problem_document() -> None:
    request = RequestFactory().post("/api/media/generate")
    answer = lockout_page(request, None, {"username": "sam@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
    assert PASSWORD not in answer.content.decode()
