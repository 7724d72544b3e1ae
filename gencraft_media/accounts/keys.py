"""API keys: made, found and revoked. Only a prefix and a SHA-256 are kept, so a key is shown once."""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, DateTimeField, Q, QuerySet
from django.db.models.functions import Now

from gencraft_media.accounts.models import ApiKey, Project, Scope, User
from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import Conflict, FieldError, InvalidRequest
from gencraft_media.common.reading import Asked, Reading

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX_LENGTH, _SECRET_LENGTH, _CHECKSUM_LENGTH = 8, 32, 6
_TOKEN = re.compile(
    rf"mge_live_([0-9A-Za-z]{{{_PREFIX_LENGTH}}})_[0-9A-Za-z]{{{_SECRET_LENGTH},64}}([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)
# Two, so that a key can be rotated without a gap; more would be forgotten keys.
LIVE_KEYS_PER_NAME = 2
_USED_AT_PRECISION = timedelta(minutes=1)
# As `live_keys`, with what every request needs to know of its caller.
_LIVE = Reading(
    ApiKey,
    by=["prefix"],
    related=["user", "project"],
    also="api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > {now})",
    asked={
        "now": Asked("{now}", DateTimeField()),
        "role": Asked(
            "SELECT memberships.role FROM memberships"
            " WHERE memberships.project_id = api_keys.project_id AND memberships.user_id = api_keys.user_id",
            CharField(),
        ),
    },
)


def issue_key(
    *,
    project: Project,
    user: User,
    scopes: Iterable[str],
    name: str = "default",
    expires_at: datetime | None = None,
    actor: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return it with its token, which can never be read again.

    Raises `Conflict` while two live keys of that name exist in the project, `InvalidRequest` for an unknown scope, or
    for the scope admin where the user is no SuperAdmin.
    """
    wanted = _checked_scopes(scopes)
    if Scope.ADMIN in wanted and not user.is_superuser:
        raise InvalidRequest(errors=[FieldError("scopes", "Only a SuperAdmin's key has the scope admin.")])
    prefix, token = _new_token()
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if live_keys().filter(project=project, name=name).count() >= LIVE_KEYS_PER_NAME:
            raise Conflict(f"This project has {LIVE_KEYS_PER_NAME} live keys named {name}; revoke one of them first.")
        key = ApiKey.objects.create(
            project=project,
            user=user,
            name=name,
            prefix=prefix,
            digest=_digest(token),
            scopes=wanted,
            expires_at=expires_at,
        )
        record_audit(
            actor=actor or user,
            action="accounts.issue_key",
            target=key,
            after={"name": name, "scopes": wanted, "project": str(project.pk), "expires_at": expires_at},
        )
    return key, token


def revoke_key(key: ApiKey, *, actor: User | None = None) -> None:
    """End a key now; revoking it again changes nothing."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=Now()):
            record_audit(actor=actor, action="accounts.revoke_key", target=key)
    key.refresh_from_db(fields=["revoked_at"])


def live_keys() -> QuerySet[ApiKey]:
    """Keys that are neither revoked nor expired, by the database's time."""
    return ApiKey.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()), revoked_at__isnull=True)


def find_key(token: str) -> ApiKey | None:
    """The live key of a token, with its user, project and `role`; its use is noted at most once a minute.

    None too when its user was switched off or is no longer a member of its project.
    """
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(_checksum(token[:-_CHECKSUM_LENGTH]), match[2]):
        return None
    key = _LIVE.find(match[1])
    if key is None or key.role is None or not key.user.is_active:
        return None
    if not hmac.compare_digest(key.digest, _digest(token)):
        return None
    if key.last_used_at is None or key.last_used_at <= key.now - _USED_AT_PRECISION:
        _note_use(key)
    return key


def _note_use(key: ApiKey) -> None:
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=from_now(-_USED_AT_PRECISION.total_seconds()))
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=Now())


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = sorted({str(scope) for scope in scopes})
    if not wanted or not set(wanted) <= set(Scope.values):
        allowed = list(Scope.values)
        raise InvalidRequest(errors=[FieldError("scopes", "Name at least one scope, and only these.", allowed=allowed)])
    return wanted


def _new_token() -> tuple[str, str]:
    prefix = _random(_PREFIX_LENGTH)
    body = f"mge_live_{prefix}_{_random(_SECRET_LENGTH)}"
    return prefix, body + _checksum(body)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    """Six base62 digits, by which secret scanners and `find_key` tell a key from a typing error without a look-up."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    return digits


def _digest(token: str) -> str:
    # A random key of 190 bits needs no slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
