"""How people prove who they are beside their password: an authenticator app, recovery codes, and what is demanded."""

import hashlib
import re
import secrets
import time
from base64 import b32decode, b32encode
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from gencraft_media.common.models import VersionedSettings
from gencraft_media.common.sealed import SealedTextField

ISSUER = "GenCraft Media"
# RFC 6238's own; what every authenticator app assumes.
STEP_S = 30
# Steps before and after the present one whose code is taken too: clocks differ.
TOLERANCE = 1
RECOVERY_CODES = 10
_KEY_BYTES = 20
# 80 bits: nobody finds one from its digest.
_CODE_BYTES = 10


class TotpRequired(models.TextChoices):
    """Of whom an authenticator app is demanded before the SuperAdmin site opens."""

    OFF = "off", "Nobody: whoever set one up is asked"
    SUPERADMINS = "superadmins", "SuperAdmins"
    STAFF = "staff", "Everybody who may enter the site"


class SafetySettings(VersionedSettings):
    """What is demanded of people who log in."""

    totp_required = models.CharField(
        "authenticator app demanded of", max_length=12, choices=TotpRequired.choices, default=TotpRequired.OFF
    )
    # From the log-in on, whatever happens in between.
    session_hours = models.PositiveSmallIntegerField(
        "hours until one logs in again", default=12, validators=[MinValueValidator(1), MaxValueValidator(720)]
    )

    class Meta(VersionedSettings.Meta):
        db_table = "safety_settings"
        verbose_name_plural = "safety settings"


def new_authenticator_key() -> str:
    return b32encode(secrets.token_bytes(_KEY_BYTES)).decode()


class Authenticator(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp carries no types
    """A person's authenticator app (TOTP, RFC 6238); its key is sealed. Not `confirmed`: being set up."""

    user: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    key = SealedTextField(default=new_authenticator_key)
    # The step of the newest code that was taken: no code is taken twice.
    last_step: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=-1)

    class Meta:
        db_table = "authenticators"
        constraints = [models.UniqueConstraint(fields=["user", "confirmed"], name="authenticators_user_confirmed")]

    def verify_token(self, token: str) -> bool:
        """Whether the six digits are of now, and were not used before; a wrong one makes the next wait longer."""
        if not self.verify_is_allowed()[0]:
            return False
        totp = TOTP(b32decode(self.key), step=STEP_S)
        totp.time = time.time()
        if not (re.fullmatch(r"[0-9]{6}", token) and totp.verify(int(token), TOLERANCE, self.last_step + 1)):
            self.throttle_increment()
            return False
        self.last_step = totp.t()
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        """Seconds of waiting after the first wrong code; each further one doubles it."""
        return 1

    def setup_uri(self) -> str:
        """What the QR code says to the app."""
        label = quote(f"{ISSUER}:{self.user}")
        return f"otpauth://totp/{label}?{urlencode({'secret': self.key, 'issuer': ISSUER}, quote_via=quote)}"


class RecoveryCodes(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]  # django-otp carries no types
    """Codes that each open the site once in place of the app; only SHA-256 digests are kept."""

    user: "models.ForeignKey[Any, Any]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    digests = models.JSONField(default=list)

    class Meta:
        db_table = "recovery_codes"
        constraints = [models.UniqueConstraint(fields=["user"], name="recovery_codes_user")]
        verbose_name_plural = "recovery codes"

    def fill(self) -> list[str]:
        """Put ten new codes in the place of all before, and return them; unsaved."""
        codes = [b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)]
        self.digests = [_digest(code) for code in codes]
        return ["-".join(re.findall("....", code)) for code in codes]

    def verify_token(self, token: str) -> bool:
        """Whether the code is one of those left; it is then used up."""
        if not self.verify_is_allowed()[0]:
            return False
        digest = _digest(token)
        if digest not in self.digests:
            self.throttle_increment()
            return False
        self.digests = [kept for kept in self.digests if kept != digest]
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        """Seconds of waiting after the first wrong code; each further one doubles it."""
        return 1


def _digest(code: Any) -> str:
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode()).hexdigest()
