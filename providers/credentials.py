"""Where a provider's key comes from: the sealed account row, else the environment."""

import os

from providers.models import ProviderAccount


def api_key_of(account: ProviderAccount | None) -> str:
    """The key to send; the admin's row is stronger than the environment. "" where there is none."""
    if account is None:
        return ""
    variable = account.provider.key_variable
    return account.api_key or (os.environ.get(variable, "") if variable else "")


def is_usable(account: ProviderAccount) -> bool:
    """Whether requests can be made with the account: it has its key, or its provider needs none."""
    return account.enabled and (not account.provider.needs_key or bool(api_key_of(account)))
