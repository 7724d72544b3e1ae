"""Staff with authenticator apps, and the codes that their apps show."""

import time
from base64 import b32decode

from django.test import Client
from django_otp.oath import TOTP

from gencraft_media.accounts.models import Authenticator, SafetySettings, User
from gencraft_media.common.versioned import change_settings

# Of everybody that make_super_admin makes.
PASSWORD = "password"


def code_of(device: Authenticator, *, steps_ahead: int = 0) -> str:
    """What the app shows now, or some steps of thirty seconds later."""
    totp = TOTP(b32decode(device.key))
    totp.time = time.time() + 30 * steps_ahead
    return f"{totp.token():06d}"


def wrong_code_of(device: Authenticator) -> str:
    """Six digits that the app shows neither now nor a step before or after."""
    taken = {code_of(device, steps_ahead=steps) for steps in (-2, -1, 0, 1, 2)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in taken)


def give_authenticator(user: User) -> Authenticator:
    """An app in use."""
    device: Authenticator = Authenticator.objects.create(user=user, name="app", confirmed=True)
    return device


def demand_authenticators(of: str) -> None:
    """Set of whom an app is demanded."""
    change_settings(SafetySettings, {"totp_required": of})


def log_in(client: Client, user: User, *, code: str = "", password: str = PASSWORD):  # type: ignore[no-untyped-def]
    """The answer to the log-in form."""
    return client.post("/admin/login/?next=/admin/", {"username": user.email, "password": password, "code": code})
