"""In production a secret that others know stops the start."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from gencraft_media.console import secret_strength
from gencraft_media.console.secret_strength import is_placeholder, refuse_weak_secrets, weak_secrets
from gencraft_media.console.secrets_file import GENERATORS
from tests.suites import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
POSTGRES = {"ENGINE": "django.db.backends.postgresql", "NAME": "engine", "PASSWORD": "8c1f0f4b7a"}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Settings with which the engine would start."""
    settings = SimpleNamespace(
        DEBUG=False,
        DATABASES={"default": POSTGRES},
        SECRET_KEY=GENERATORS["SECRET_KEY"](),
        SEALING_KEYS=[GENERATORS["SEALING_KEYS"]()],
        CELERY_BROKER_URL="redis://valkey:6379/0",
        S3_SECRET_KEY="fd5c72e8b1",
    )
    monkeypatch.setattr(secret_strength, "settings", settings)
    return settings


def test_secrets_that_the_engine_makes_itself_are_good_enough(production: SimpleNamespace) -> None:
    refuse_weak_secrets()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "change-me"),
        ("SECRET_KEY", "x"),
        ("SECRET_KEY", "x" * 64),
        ("SECRET_KEY", "django-insecure-3f9c0a7be1d54c62b8e07a91d2f34c5e"),
        ("SECRET_KEY", "please-replace-this-with-something-long-and-random"),
        ("SEALING_KEYS", []),
        ("SEALING_KEYS", ["change-me"]),
        ("SEALING_KEYS", ["A" * 43 + "="]),
        ("SEALING_KEYS", [Fernet.generate_key().decode(), ""]),
        ("S3_SECRET_KEY", "minioadmin"),
        ("S3_SECRET_KEY", "<your secret key>"),
    ],
)
def test_a_placeholder_stops_the_start_and_is_named(
    production: SimpleNamespace, name: str, value: str | list[str]
) -> None:
    setattr(production, name, value)
    assert weak_secrets() == [name]
    with pytest.raises(ImproperlyConfigured, match=name) as stopped:
        refuse_weak_secrets()
    assert not value or not value[0] or str(value) not in str(stopped.value)


@pytest.mark.parametrize("password", ["postgres", "password", "CHANGE_ME", "changeme123"])
def test_a_password_out_of_a_manual_stops_the_start(production: SimpleNamespace, password: str) -> None:
    production.DATABASES = {"default": {**POSTGRES, "PASSWORD": password}}
    production.CELERY_BROKER_URL = f"redis://:{password}@valkey:6379/0"
    assert weak_secrets() == ["DATABASE_URL", "BROKER_URL"]


def test_servers_that_ask_for_no_password_need_none(production: SimpleNamespace) -> None:
    production.DATABASES = {"default": {**POSTGRES, "PASSWORD": ""}}
    production.S3_SECRET_KEY = ""
    assert weak_secrets() == []


def test_where_the_engine_is_tried_out_nothing_is_refused(production: SimpleNamespace) -> None:
    production.SECRET_KEY = "change-me"
    production.DEBUG = True
    refuse_weak_secrets()
    production.DEBUG = False
    production.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
    refuse_weak_secrets()


@pytest.mark.parametrize("value", ["Tr0ub4dor", "8c1f0f4b7a", "correct horse battery staple"])
def test_other_values_are_no_placeholders(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "dispatch"],
        ["-m", "celery", "-A", "gencraft_media.celery", "worker", "--pool", "threads"],
        ["-m", "gunicorn", "gencraft_media.asgi:application", "--check-config"],
    ],
    ids=lambda command: command[1],
)
def test_no_process_starts_with_a_placeholder(command: list[str], tmp_path: Path) -> None:
    environment = {
        **clean_environment(),
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "change-me",
        "SEALING_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": "postgres://engine:8c1f0f4b7a@127.0.0.1:1/engine",
        "BROKER_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr + done.stdout and "change-me" not in done.stderr + done.stdout
