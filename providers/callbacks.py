"""Callbacks that come in: the secret they prove, and the reading of their bodies."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings


def callback_secret(provider: str, reference: str = "") -> str:
    """This installation's secret for one provider, or for one attempt there, so that it proves nothing about others.

    Derived, so that it is the same everywhere and kept nowhere.
    """
    subject = f"callback:{provider}:{reference}" if reference else f"callback:{provider}"
    return hmac.new(settings.SECRET_KEY.encode(), subject.encode(), hashlib.sha256).hexdigest()


def signature_of(body: bytes, secret: str) -> str:
    """The hexadecimal HMAC-SHA256 of a callback's body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def document_in(body: bytes) -> Any:
    """A callback's body as JSON. Raises ValueError when it is not."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
