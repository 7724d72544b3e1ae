"""Credit accounts in the states tests need."""

import uuid
from datetime import UTC, datetime

from billing.ledger import account_of, grant_credits
from billing.models import CreditAccount, EntryKind


def owner_with(credits: int, *, plan: str = "enterprise") -> uuid.UUID:
    """A new owner with so many bought credits; on enterprise, whose month grants none, these are all."""
    owner_id = uuid.uuid4()
    account_of(owner_id, plan=plan)
    if credits:
        grant_credits(owner_id=owner_id, credits=credits, kind=EntryKind.PURCHASE, idempotency_key="first")
    return owner_id


def fresh(owner_id: uuid.UUID) -> CreditAccount:
    """The owner's account as the database has it."""
    return CreditAccount.objects.get(owner_id=owner_id)


def let_month_pass(owner_id: uuid.UUID) -> None:
    """As if the account's period had been a month of long ago."""
    CreditAccount.objects.filter(owner_id=owner_id).update(
        period_start=datetime(2025, 1, 1, tzinfo=UTC), period_end=datetime(2025, 2, 1, tzinfo=UTC)
    )
