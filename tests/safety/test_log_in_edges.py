"""How long a session lasts, whose failures count together, and what an address may put into the policy."""

import pytest
from django.test import Client, RequestFactory

from assets.models import StorageSettings
from gencraft_media.accounts.models import SafetySettings
from gencraft_media.common.versioned import change_settings
from gencraft_media.console.safety.content_policy import picture_origins
from gencraft_media.console.safety.lockout import address_of
from tests.factories import make_super_admin
from tests.safety.people import log_in

pytestmark = pytest.mark.django_db


def test_a_session_does_not_grow_longer_by_what_is_done_in_it() -> None:
    change_settings(SafetySettings, {"session_hours": 2})
    client = Client()
    log_in(client, make_super_admin())
    ends = client.session.get_expiry_date()
    session = client.session
    session["something"] = "else"
    session.save()
    assert client.session.get_expiry_date() == ends


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        ("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_all_addresses_of_one_line_are_counted_together(told: str, counted: str) -> None:
    assert address_of(RequestFactory(REMOTE_ADDR=told).get("/")) == counted


def test_an_address_adds_no_rule_to_the_policy() -> None:
    change_settings(StorageSettings, {"cdn_url": "https://cdn.example;form-action", "cdn_provider": "custom"})
    assert not any(";" in origin for origin in picture_origins())
    assert Client().get("/admin/login/")["Content-Security-Policy"].count("form-action") == 1


@pytest.mark.parametrize("page", ["providers/custommodel", "generation/hooksettings"])
def test_keys_of_own_servers_and_hooks_ask_again_too(page: str) -> None:
    client = Client()
    client.force_login(make_super_admin())
    session = client.session
    session["identity_confirmed_at"] = 0
    session.save()
    answer = client.post(f"/admin/{page}/add/", {"new_key": "x"})
    assert answer.status_code == 403
    assert "Confirm that it is you" in answer.content.decode()
