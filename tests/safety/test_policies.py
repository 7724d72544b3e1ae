"""What browsers are told about each kind of answer."""

import pytest
from django.test import Client
from pytest_django import Settings

from assets.models import StorageSettings
from gencraft_media.common.versioned import change_settings
from gencraft_media.console.safety.content_policy import picture_origins
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db


def _policy(address: str, client: Client | None = None) -> dict[str, str]:
    answer = (client or Client()).get(address)
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/nowhere/", "/admin/"])
def test_the_site_loads_from_itself_and_is_framed_by_nobody(address: str) -> None:
    client = Client()
    client.force_login(make_super_admin())
    policy = _policy(address, client)
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["form-action"] == policy["connect-src"] == "'self'"


@pytest.mark.parametrize(
    "address", ["/api/media/models", "/api/media/nowhere", "/livez", "/nowhere", "/v1/models", "/api/schema/"]
)
def test_what_is_no_page_loads_nothing(address: str) -> None:
    assert set(_policy(address).values()) == {"'none'"}


@pytest.mark.parametrize("address", ["/", "/api/docs/", "/problems", "/problems/not_found"])
def test_public_pages_run_no_text_as_a_script(address: str) -> None:
    policy = _policy(address)
    assert policy.get("script-src", "'self'") == "'self'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"


def test_every_answer_says_what_it_needs_of_the_device_and_who_may_open_it() -> None:
    answer = Client().get("/admin/login/")
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_pictures_of_the_cdn_are_shown_and_of_the_one_before(settings: Settings) -> None:
    settings.CDN_URL = "https://old.example/pictures"
    for url in ("https://first.example/a", "https://second.example"):
        change_settings(StorageSettings, {"cdn_url": url, "cdn_provider": "custom"})
    origins = {"https://old.example", "https://first.example", "https://second.example", "http://testserver"}
    assert set(picture_origins()) == origins
    assert {source for source in _policy("/admin/login/")["img-src"].split() if "example" in source} < origins
