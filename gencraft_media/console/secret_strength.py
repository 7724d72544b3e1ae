"""Secrets that are no secrets: what stands in examples and manuals, and what is soon guessed."""

import re
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SIGNING_KEY_LENGTH = 32
_DIFFERENT_CHARACTERS = 8
_KNOWN = {
    "admin",
    "default",
    "engine",
    "minioadmin",
    "password",
    "postgres",
    "root",
    "s3cr3t",
    "secret",
    "test",
    "todo",
    "xxx",
}
# `change-me`, `CHANGEME123`, `<your secret key>`, `django-insecure-…`, `example`, `replace_this`.
_PLACEHOLDER = re.compile(
    r"change.?(me|this)|replace.?(me|this)|your.{0,20}(key|secret|password)|insecure|example|^<.*>$"
)


def refuse_weak_secrets() -> None:
    """Raise ImproperlyConfigured, naming each secret that must be changed. The embedded engine makes its own."""
    if settings.DEBUG or settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    weak = weak_secrets()
    if weak:
        raise ImproperlyConfigured(
            f"{', '.join(weak)}: a placeholder, or too easily guessed. See docs/production.md for how to make secrets."
        )


def weak_secrets() -> list[str]:
    """The variables whose values must be changed, in the order of .env.example; never the values."""
    password = settings.DATABASES["default"].get("PASSWORD") or ""
    broker_password = urlsplit(settings.CELERY_BROKER_URL).password or ""
    found = {
        "SECRET_KEY": _is_guessable(settings.SECRET_KEY),
        "SEALING_KEYS": not settings.SEALING_KEYS or not all(map(_is_sealing_key, settings.SEALING_KEYS)),
        # Who needs no password, because the server trusts its network or a certificate, has none.
        "DATABASE_URL": bool(password) and is_placeholder(password),
        "BROKER_URL": bool(broker_password) and is_placeholder(broker_password),
        "S3_SECRET_KEY": bool(settings.S3_SECRET_KEY) and is_placeholder(settings.S3_SECRET_KEY),
    }
    return [name for name, is_weak in found.items() if is_weak]


def is_placeholder(value: str) -> bool:
    """Whether this is what manuals write where a secret belongs."""
    lowered = value.strip().lower()
    return lowered in _KNOWN or _PLACEHOLDER.search(lowered) is not None


def _is_guessable(value: str) -> bool:
    return len(value) < SIGNING_KEY_LENGTH or len(set(value)) < _DIFFERENT_CHARACTERS or is_placeholder(value)


def _is_sealing_key(value: str) -> bool:
    try:
        Fernet(value)
    except ValueError:
        return False
    return len(set(value)) >= _DIFFERENT_CHARACTERS
