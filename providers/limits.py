"""The lock under which an account's limits are counted; what is counted are the attempt rows of the engine."""

import uuid

from providers.models import ProviderAccount

# What an account's limit says where there is none.
UNLIMITED = -1


def lock_account(account_id: uuid.UUID) -> ProviderAccount:
    """The account, locked until the caller's transaction ends, so that two claims cannot pass one free slot."""
    return ProviderAccount.objects.select_for_update(no_key=True).get(pk=account_id)
