"""Where a provider's key, address and organization come from: the account's row, else the environment.

A provider whose key is in OPENAI_API_KEY has its address in OPENAI_BASE_URL and its organization in
OPENAI_ORGANIZATION; a row's own are stronger, one by one.
"""

import os
import re

from providers.models import ProviderAccount

_KEY_ENDING = re.compile(r"_(API_)?(KEY|TOKEN)$")


def api_key_of(account: ProviderAccount | None) -> str:
    """The key to send; the admin's row is stronger than the environment. "" where there is none."""
    if account is None:
        return ""
    return account.api_key or _read(account.provider.key_variable)


def base_url_of(account: ProviderAccount | None) -> str:
    """The address to use instead of the provider's usual one, "" for that. Egress judges it like any other."""
    if account is None:
        return ""
    return account.base_url or _read(variable_of(account.provider.key_variable, "BASE_URL"))


def organization_of(account: ProviderAccount | None) -> str:
    """The organization that pays at providers that have such, "" where none is named."""
    if account is None:
        return ""
    return account.organization or _read(variable_of(account.provider.key_variable, "ORGANIZATION"))


def variable_of(key_variable: str, name: str) -> str:
    """The environment variable beside a provider's key: OPENAI_API_KEY and BASE_URL make OPENAI_BASE_URL."""
    prefix, endings = _KEY_ENDING.subn("", key_variable)
    return f"{prefix}_{name}" if endings else ""


def is_usable(account: ProviderAccount) -> bool:
    """Whether requests can be made with the account: it has its key, or its provider needs none.

    An operator's own server has no usual address, so that its account names one.
    """
    has_address = not account.provider.kind or bool(base_url_of(account))
    return account.enabled and has_address and (not account.provider.needs_key or bool(api_key_of(account)))


def _read(variable: str) -> str:
    return os.environ.get(variable, "").strip() if variable else ""
