"""What an owner's plan allows."""

import uuid

from billing.accounts import account_of
from billing.models import CreditAccount, Plan


def plan_of(owner_id: uuid.UUID) -> Plan:
    """The owner's plan; a new owner is on the free one."""
    account = CreditAccount.objects.select_related("plan").filter(owner_id=owner_id).first()
    return account.plan if account is not None else account_of(owner_id).plan
