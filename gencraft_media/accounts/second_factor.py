"""The second factor: who has one, of whom it is demanded, setting it up and taking it away."""

import re
from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django_otp import login as remember_device
from django_otp.models import Device

from gencraft_media.accounts.models import User
from gencraft_media.accounts.safety_models import Authenticator, RecoveryCodes, SafetySettings, TotpRequired
from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import Conflict
from gencraft_media.common.versioned import current_settings

WRONG_CODE = "This code is not right, or was used before. After a wrong one, wait a few seconds for the next."

_SETTING_UP_S = 1800


def has_authenticator(user: Any) -> bool:
    """Whether the user has set up an authenticator app."""
    return bool(Authenticator.objects.filter(user_id=user.pk, confirmed=True).exists())


def is_demanded_of(user: Any) -> bool:
    """Whether the settings demand an authenticator app of this user."""
    demanded = current_settings(SafetySettings).totp_required
    if demanded == TotpRequired.STAFF:
        return bool(user.is_staff)
    return demanded == TotpRequired.SUPERADMINS and bool(user.is_superuser)


def must_enrol(request: HttpRequest) -> bool:
    """Whether this person must set up an authenticator app before anything else."""
    user: Any = request.user
    return is_demanded_of(user) and not user.is_verified() and not has_authenticator(user)


def is_second_factor_met(request: HttpRequest) -> bool:
    """Whether the session was opened with a code, or neither the settings nor the user ask for one."""
    user: Any = request.user
    # Without the middleware of django-otp, as for a user that a test made up, nothing was proved.
    verified = getattr(user, "is_verified", None)
    if verified is not None and verified():
        return True
    return not is_demanded_of(user) and not has_authenticator(user)


def verify_code(user: User, code: str) -> Device | None:
    """What the code fits: the app, or the recovery codes, which lose it. None: it does not fit, or comes too soon."""
    code = code.strip()
    kind = Authenticator if re.fullmatch(r"[0-9]{6}", code) else RecoveryCodes
    with transaction.atomic():
        device = kind.objects.select_for_update().filter(user=user, confirmed=True).first()
        fits = device is not None and device.verify_token(code)
    return device if fits else None


def note_wrong_code(request: HttpRequest, user: User) -> None:
    """Count a wrong code like a wrong password: too many lock the log-in."""
    user_login_failed.send(sender=__name__, credentials={"username": user.email}, request=request)


def start_enrolment(user: User) -> Authenticator:
    """The authenticator being set up: for half an hour, or until it is confirmed, the same one and the same QR code."""
    device: Authenticator
    # Whoever saw the key of an attempt long ago could make its codes for ever.
    Authenticator.objects.filter(user=user, confirmed=False, created_at__lte=from_now(-_SETTING_UP_S)).delete()
    device, _ = Authenticator.objects.get_or_create(user=user, confirmed=False, defaults={"name": "app"})
    return device


def confirm_enrolment(request: HttpRequest, user: User, code: str) -> list[str] | None:
    """Take the app into use with its first code. Returns the recovery codes, shown this once; None: a wrong code."""
    with transaction.atomic():
        device = Authenticator.objects.select_for_update().filter(user=user, confirmed=False).first()
        if device is None or not device.verify_token(code.strip()):
            return None
        if has_authenticator(user):
            raise Conflict("There is an authenticator app already; switch it off first.")
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        codes = _replace_codes(user)
        record_audit(actor=user, action="accounts.second_factor_on", target=user)
    remember_device(request, device)
    return codes


def renew_recovery_codes(user: User) -> list[str]:
    """Ten new recovery codes in the place of those before; shown this once."""
    with transaction.atomic():
        codes = _replace_codes(user)
        record_audit(actor=user, action="accounts.renew_recovery_codes", target=user)
    return codes


def switch_off(user: User, *, actor: User | None) -> None:
    """Forget the app and the recovery codes: by the user, or by an administrator for somebody who lost both."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        RecoveryCodes.objects.filter(user=user).delete()
        record_audit(actor=actor, action="accounts.second_factor_off", target=user)


def authenticator_since(user: Any) -> datetime | None:
    """When the user began to set up the app that is in use; None without one."""
    found = Authenticator.objects.filter(user_id=user.pk, confirmed=True).first()
    return found.created_at if found else None


def codes_left(user: Any) -> int:
    """How many recovery codes are not used up."""
    kept = RecoveryCodes.objects.filter(user_id=user.pk).first()
    return len(kept.digests) if kept else 0


def _replace_codes(user: User) -> list[str]:
    kept, _ = RecoveryCodes.objects.select_for_update().get_or_create(user=user, defaults={"name": "recovery codes"})
    codes: list[str] = kept.fill()
    kept.throttle_reset(commit=False)
    kept.save()
    return codes
