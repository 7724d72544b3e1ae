"""How callbacks prove where they come from. Each check takes as long for a near miss as for nonsense."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping

from providers.callbacks import signature_of

# Standard Webhooks 1.0.0: older or younger than this, a message may be a replay.
TOLERANCE_S = 300
_SECRET_PREFIX = "whsec_"  # noqa: S105 (what secrets begin with)
_SECONDS = re.compile(r"[0-9]{1,12}")


def holds_shared_secret(headers: Mapping[str, str], name: str, secret: str) -> bool:
    """Whether the header `name` is the secret itself."""
    return bool(secret) and _same(_header(headers, name), secret)


def holds_hex_hmac(headers: Mapping[str, str], name: str, body: bytes, secret: str, *, prefix: str = "") -> bool:
    """Whether the header `name` is `prefix` and the hexadecimal HMAC-SHA256 of the body, in lower case."""
    return bool(secret) and _same(_header(headers, name), prefix + signature_of(body, secret))


def holds_standard_webhook(headers: Mapping[str, str], body: bytes, secret: str, *, now_s: float) -> bool:
    """Whether a message is signed as Standard Webhooks 1.0.0 says, by a secret `whsec_…`, within five minutes.

    `now_s`: seconds since 1970. One of several signatures is enough: senders change their secrets.
    """
    message_id, sent_at = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    key = _key_in(secret)
    if not (key and message_id and _SECONDS.fullmatch(sent_at)) or abs(now_s - int(sent_at)) > TOLERANCE_S:
        return False
    signed = b".".join((_bytes(message_id), sent_at.encode(), body))
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(_same(offered, wanted) for offered in _header(headers, "webhook-signature").split(" "))


def _key_in(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for found, value in headers.items() if found.lower() == name.lower()), "")


def _same(offered: str, wanted: str) -> bool:
    return hmac.compare_digest(_bytes(offered), _bytes(wanted))


def _bytes(text: str) -> bytes:
    # Headers may hold anything; what is no text is compared all the same.
    return text.encode("utf-8", "surrogatepass")
