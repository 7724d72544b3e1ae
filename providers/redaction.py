"""What vendors quote back and nobody may keep: keys and organisations, in errors and elsewhere."""

import base64
from collections.abc import Mapping
from urllib.parse import quote

from providers.credentials import api_key_of, organization_of
from providers.models import ProviderAccount
from providers.types import HttpAnswer

# Anything shorter is no secret, and would be found in half of all answers.
_SHORTEST_SECRET = 8
_PLACE = "[key]"


def secrets_of(account: ProviderAccount | None) -> list[str]:
    """The account's secrets in the spellings that answers have."""
    key = api_key_of(account)
    # HTTP Basic: user and password go out as base64 of both, and the password is a secret by itself.
    basic = [base64.b64encode(key.encode()).decode("ascii"), key.partition(":")[2]] if ":" in key else []
    secrets = [one for one in (key, *basic, organization_of(account)) if len(one) >= _SHORTEST_SECRET]
    return [spelling for one in secrets for spelling in {one, quote(one, safe=""), one.replace("/", "\\/")}]


def redacted(text: str, secrets: list[str]) -> str:
    """`text` as it may be kept."""
    for secret in secrets:
        text = text.replace(secret, _PLACE)
    return text


def redacted_answer(status: int, headers: Mapping[str, str], body: bytes, secrets: list[str]) -> HttpAnswer:
    """An answer as it may be kept, its header names in lower case."""
    for secret in secrets:
        body = body.replace(secret.encode(), _PLACE.encode())
    return HttpAnswer(status, {name.lower(): redacted(value, secrets) for name, value in headers.items()}, body)
