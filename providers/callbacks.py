"""The secret behind callbacks, and how a body is signed with it."""

import hashlib
import hmac

from django.conf import settings


def callback_secret(provider: str) -> str:
    """This installation's secret for one provider: derived, so that it is the same everywhere and kept nowhere."""
    return hmac.new(settings.SECRET_KEY.encode(), f"callback:{provider}".encode(), hashlib.sha256).hexdigest()


def signature_of(body: bytes, secret: str) -> str:
    """The hexadecimal HMAC-SHA256 of a callback's body."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
