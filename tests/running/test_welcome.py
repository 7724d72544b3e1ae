"""The welcome page: what it shows to whom."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from gencraft_media.accounts.models import User
from gencraft_media.console.first_run import FirstRun, ensure_first_run, first_run_path
from providers.adapters.sim import SimAdapter
from providers.models import Provider, ProviderAccount
from providers.registry import ADAPTERS
from tests.running.samples import make_first_picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def first_run() -> FirstRun:
    made = ensure_first_run()
    assert made is not None
    return made


def page(**headers: Any) -> str:
    response = Client().get("/", **{"SERVER_NAME": "localhost", "REMOTE_ADDR": "127.0.0.1", **headers})
    assert response.status_code == 200
    return response.content.decode()


def shows_secrets(html: str, first_run: FirstRun) -> bool:
    shown = [secret in html for secret in (first_run.adminPassword, first_run.apiKey, first_run.adminEmail)]
    assert all(shown) or not any(shown)
    return all(shown)


def test_shows_the_log_in_on_this_machine(first_run: FirstRun) -> None:
    assert shows_secrets(page(), first_run)
    assert shows_secrets(page(REMOTE_ADDR="::1", SERVER_NAME="127.0.0.1"), first_run)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"SERVER_NAME": "media.example.com"},
    ],
)
def test_shows_no_secret_to_anybody_else(first_run: FirstRun, elsewhere: dict[str, str]) -> None:
    assert not shows_secrets(page(**elsewhere), first_run)


def test_shows_no_secret_once_the_administrator_has_logged_in(first_run: FirstRun) -> None:
    Client().force_login(User.objects.get(email=first_run.adminEmail))
    assert not shows_secrets(page(), first_run)


def test_shows_no_secret_after_a_day(first_run: FirstRun) -> None:
    yesterday = time.time() - 24 * 3600 - 60
    os.utime(first_run_path(), (yesterday, yesterday))
    assert not shows_secrets(page(), first_run)


def test_is_never_kept_by_a_cache_and_loads_from_this_engine_alone(first_run: FirstRun) -> None:
    make_first_picture(first_run)
    response = Client().get("/", SERVER_NAME="localhost")
    assert "no-store" in response["Cache-Control"]
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    html = response.content.decode()
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', html) == []
    assert " style=" not in html and "<style" not in html and "<script>" not in html


def test_shows_the_first_picture_with_its_sizes_and_cost(first_run: FirstRun) -> None:
    make_first_picture(first_run, original_size=2_000_000, size=100_000, credits=4)
    html = page()
    assert 'data-thumbhash="' in html
    assert "4 credits" in html
    assert "−95 %" in html
    assert "PNG from the provider" in html


def test_waits_for_the_first_picture(first_run: FirstRun) -> None:
    assert 'http-equiv="refresh"' in page()
    make_first_picture(first_run)
    assert 'http-equiv="refresh"' not in page()


def test_works_without_any_first_run() -> None:
    assert "Your engine is running." in page()


def test_says_simulated_until_a_provider_has_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ADAPTERS, "stability", SimAdapter)
    assert "Simulated" in page()
    provider = Provider.objects.create(key="stability", label="Stability AI")
    account = ProviderAccount.objects.create(provider=provider)
    assert "Simulated" in page()
    account.api_key = "sk-live"
    account.save()
    assert "Simulated" not in page()


def test_commands_name_no_key_where_secrets_are_not_shown(first_run: FirstRun) -> None:
    html = page(REMOTE_ADDR="192.0.2.7")
    assert "export API_KEY=mge_live_…" in html
    assert json.loads(first_run_path().read_text())["apiKey"] not in html
