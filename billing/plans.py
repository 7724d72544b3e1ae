"""What an owner's plan allows."""

import uuid

from billing.accounts import account_of
from billing.models import CreditAccount, Plan
from gencraft_media.common.reading import Reading

_WITH_PLAN = Reading(CreditAccount, by=["owner_id"], related=["plan"])


def plan_of(owner_id: uuid.UUID) -> Plan:
    """The owner's plan; a new owner is on the free one."""
    account = _WITH_PLAN.find(owner_id)
    return account.plan if account is not None else account_of(owner_id).plan
