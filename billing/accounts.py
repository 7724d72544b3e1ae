"""Opening credit accounts, and turning them over to a new month with the plan's grant."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models.functions import Now

from billing.models import CreditAccount, EntryKind, LedgerEntry, Plan, Purse
from billing.periods import month_start, next_month
from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.rows import column_value

# A new account begins in a period long over, so that opening it is the same step as turning it over.
# Plain SQL, because it is run behind the account's lock by every admission and every end of a job.
_MOVE = """
    UPDATE credit_accounts
    SET monthly = monthly + %s, monthly_held = monthly_held + %s,
        purchased = purchased + %s, purchased_held = purchased_held + %s
    WHERE id = %s AND monthly >= monthly_held + %s AND purchased >= purchased_held + %s
"""
_BEFORE_ALL_PERIODS = datetime(2000, 1, 1, tzinfo=UTC)
_DUE_AT_ONCE = 500


@contextmanager
def in_transaction() -> Iterator[None]:
    """The caller's transaction, or one of our own; no savepoint, because nothing is written before a refusal."""
    if connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield


def account_of(owner_id: uuid.UUID, *, plan: str = "free") -> CreditAccount:
    """The owner's account, opened on `plan` with its first grant if there is none; safe to race."""
    account = CreditAccount.objects.filter(owner_id=owner_id).first()
    if account is not None:
        return account
    with in_transaction():
        opening = CreditAccount(
            owner_id=owner_id, plan_id=plan, period_start=_BEFORE_ALL_PERIODS, period_end=_BEFORE_ALL_PERIODS
        )
        CreditAccount.objects.bulk_create([opening], ignore_conflicts=True)
        return turn_over(lock_account(owner_id))


def present_account(owner_id: uuid.UUID) -> CreditAccount:
    """The owner's account for reading, in the present month whether or not the hourly task has come by."""
    account = account_of(owner_id)
    if account.period_end > database_now():
        return account
    with in_transaction():
        return turn_over(lock_account(owner_id))


def lock_account(owner_id: uuid.UUID) -> CreditAccount:
    """The account's row, locked to the end of the transaction."""
    return CreditAccount.objects.select_for_update(no_key=True).get(owner_id=owner_id)


def turn_over(account: CreditAccount) -> CreditAccount:
    """If the locked account's period is over: expire what is left of its grant and begin the present month.

    Held credits stay held: what is later released of them expires then.
    """
    now = database_now()
    if account.period_end > now:
        return account
    left = account.monthly - account.monthly_held
    if left:
        _write(account, EntryKind.EXPIRE, -left, f"expire:{account.pk}:{account.period_start:%Y-%m-%d}")
    account.monthly -= left
    account.period_start = month_start(now)
    account.period_end = next_month(now)
    grant_plan_credits(account, account.plan)
    account.save(update_fields=["monthly", "period_start", "period_end"])
    return account


def grant_plan_credits(account: CreditAccount, plan: Plan) -> None:
    """Raise this period's grant to the plan's: changing plans to and fro never grants twice. Does not save."""
    prefix = f"grant:{account.pk}:{account.period_start:%Y-%m-%d}:"
    entries = LedgerEntry.objects.filter(account=account, idempotency_key__startswith=prefix)
    granted = sum(entries.values_list("credits", flat=True))
    missing = plan.monthly_credits - granted
    if missing > 0:
        _write(account, EntryKind.GRANT, missing, f"{prefix}{plan.monthly_credits}")
        account.monthly += missing


def change_plan(owner_id: uuid.UUID, plan: str, *, actor: object = None, reason: str = "") -> CreditAccount:
    """Put the owner on another plan now. A larger grant is topped up at once, a smaller one holds from next month."""
    chosen = Plan.objects.get(pk=plan)
    account_of(owner_id)
    with in_transaction():
        account = turn_over(lock_account(owner_id))
        before = account.plan_id
        account.plan = chosen
        grant_plan_credits(account, chosen)
        account.save(update_fields=["plan", "monthly"])
        record_audit(
            actor=actor,
            action="billing.change_plan",
            target=account,
            reason=reason,
            before={"plan": before},
            after={"plan": chosen.pk},
        )
    return account


def turn_over_due_accounts() -> int:
    """Turn over every account whose period is over, each in a transaction of its own. Returns how many."""
    due = CreditAccount.objects.filter(period_end__lte=Now()).order_by("id").values_list("id", "owner_id")
    turned = 0
    page = list(due[:_DUE_AT_ONCE])
    while page:
        for _, owner_id in page:
            with transaction.atomic():
                turn_over(lock_account(owner_id))
        turned += len(page)
        page = list(due.filter(pk__gt=page[-1][0])[:_DUE_AT_ONCE])
    return turned


def freeze(account_id: uuid.UUID, reason: str) -> None:
    """Stop new spending from the account until a person has looked at it."""
    CreditAccount.objects.filter(pk=account_id, frozen_reason="").update(frozen_reason=reason[:255])


def thaw(account: CreditAccount, *, actor: object, reason: str) -> None:
    """Allow spending again, after a person found the balance right."""
    with in_transaction():
        record_audit(
            actor=actor,
            action="billing.thaw",
            target=account,
            reason=reason,
            before={"frozen_reason": account.frozen_reason},
            after={"frozen_reason": ""},
        )
        CreditAccount.objects.filter(pk=account.pk).update(frozen_reason="")
    account.frozen_reason = ""


def move(
    account_id: uuid.UUID, *, monthly: int = 0, monthly_held: int = 0, purchased: int = 0, purchased_held: int = 0
) -> bool:
    """Change the balances in one statement. False, with nothing changed, if a balance would not cover what it holds."""
    key = column_value(CreditAccount, "id", account_id)
    covered = [monthly_held - monthly, purchased_held - purchased]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [monthly, monthly_held, purchased, purchased_held, key, *covered])
        return bool(cursor.rowcount == 1)


def _write(account: CreditAccount, kind: EntryKind, credits: int, key: str) -> None:
    LedgerEntry.objects.create(account=account, purse=Purse.MONTHLY, kind=kind, credits=credits, idempotency_key=key)
