"""The credits ledger: set aside once per job, resolved once, never edited. Balances are the sums of its entries.

Whoever reserves a quota in the same transaction does it first: counters are locked before accounts, everywhere.
"""

import uuid

from django.db.models import BooleanField, Case, F, Value, When
from django.db.models.functions import Now

from billing.accounts import account_of, change_plan, in_transaction, lock_account, move, turn_over
from billing.errors import AccountFrozen, EntryMismatch, HoldMismatch, InsufficientCredits
from billing.models import CreditAccount, CreditHold, EntryKind, HoldResolution, LedgerEntry, Purse
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.rows import insert_rows

__all__ = ["account_of", "change_plan", "grant_credits", "hold_credits", "resolve_hold"]


def hold_credits(*, owner_id: uuid.UUID, job_id: uuid.UUID, credits: int) -> CreditHold:
    """Set credits aside for a job, the month's first. Raises `InsufficientCredits`; a repeat gives the same hold."""
    _refuse_fractions(credits)
    with in_transaction():
        account = _locked_in_its_period(owner_id)
        held_before = CreditHold.objects.filter(job_id=job_id).first()
        if held_before is not None:
            return _same_hold(held_before, account, credits)
        if account.frozen_reason and credits:
            raise AccountFrozen
        monthly = min(credits, account.monthly - account.monthly_held)
        purchased = credits - monthly
        if not move(account.pk, monthly_held=monthly, purchased_held=purchased):
            raise InsufficientCredits(
                f"This needs {credits} credits and {account.available} are available.",
                required=credits,
                available=account.available,
            )
        hold = CreditHold(
            account=account, job_id=job_id, monthly=monthly, purchased=purchased, period_start=account.period_start
        )
        insert_rows([hold])
        return hold


def resolve_hold(*, job_id: uuid.UUID, captured: int) -> HoldResolution:
    """End a job's hold: take `captured` credits, the month's first, and give the rest back.

    Once only: a repeat gives the same row, another amount raises `HoldMismatch`.
    """
    _refuse_fractions(captured)
    with in_transaction():
        hold = (
            CreditHold.objects.select_related("account")
            .select_for_update(of=("account",), no_key=True)
            .filter(job_id=job_id)
            .first()
        )
        if hold is None:
            raise ObjectNotFound(f"Job {job_id} holds no credits.")
        # A query of its own: one joined above would be as old as the wait for the lock.
        resolved = HoldResolution.objects.filter(hold=hold).first()
        if resolved is not None:
            if resolved.captured != captured:
                raise HoldMismatch(f"Job {job_id} was already charged {resolved.captured} credits, not {captured}.")
            return resolved
        if captured > hold.credits:
            raise HoldMismatch(f"Job {job_id} holds {hold.credits} credits; {captured} cannot be taken.")
        return _resolve(hold, captured)


def grant_credits(
    *, owner_id: uuid.UUID, credits: int, kind: str, idempotency_key: str, reason: str = "", actor: object = None
) -> LedgerEntry:
    """Put bought or given credits (below zero: take back) into the purse that does not expire, once per key."""
    if kind not in (EntryKind.PURCHASE, EntryKind.ADJUST):
        raise ValueError(f"{kind} credits are written by the ledger alone")
    account_of(owner_id)
    with in_transaction():
        account = lock_account(owner_id)
        key = f"{kind}:{account.pk}:{idempotency_key}"
        written = LedgerEntry.objects.filter(idempotency_key=key).first()
        if written is not None:
            if written.credits != credits:
                raise EntryMismatch(f"The key {idempotency_key} already stands for {written.credits} credits.")
            return written
        if not move(account.pk, purchased=credits):
            raise InsufficientCredits(required=-credits, available=account.purchased - account.purchased_held)
        entry = LedgerEntry.objects.create(
            account=account,
            purse=Purse.PURCHASED,
            kind=kind,
            credits=credits,
            idempotency_key=key,
            reason=reason,
            actor_id=getattr(actor, "pk", None),
        )
        record_audit(
            actor=actor, action="billing.grant_credits", target=account, reason=reason, after={"credits": credits}
        )
    return entry


def _refuse_fractions(credits: int) -> None:
    if isinstance(credits, bool) or not isinstance(credits, int):
        raise TypeError("credits are whole numbers")
    if credits < 0:
        raise ValueError("credits to hold or take are not below zero")


def _locked_in_its_period(owner_id: uuid.UUID) -> CreditAccount:
    """The owner's account: opened, locked, and in the present month. One query unless something is due."""
    ended = Case(When(period_end__lte=Now(), then=Value(True)), default=Value(False), output_field=BooleanField())
    locked = (
        CreditAccount.objects.select_for_update(of=("self",), no_key=True)
        .select_related("plan")
        .annotate(period_ended=ended)
    )
    account = locked.filter(owner_id=owner_id).first()
    if account is None:
        account_of(owner_id)
        account = locked.get(owner_id=owner_id)
    return turn_over(account) if account.period_ended else account


def _same_hold(hold: CreditHold, account: CreditAccount, credits: int) -> CreditHold:
    if hold.credits != credits or hold.account_id != account.pk:
        raise HoldMismatch(f"Job {hold.job_id} already holds {hold.credits} credits.")
    return hold


def _resolve(hold: CreditHold, captured: int) -> HoldResolution:
    account = hold.account
    monthly = min(captured, hold.monthly)
    purchased = captured - monthly
    # The month that granted them is over: what is not taken of them expires instead of coming back.
    expired = hold.monthly - monthly if hold.period_start < account.period_start else 0
    resolution = HoldResolution.objects.create(hold=hold, held=hold.credits, captured=captured)
    entries = [
        _entry(hold, Purse.MONTHLY, EntryKind.CAPTURE, monthly),
        _entry(hold, Purse.PURCHASED, EntryKind.CAPTURE, purchased),
        _entry(hold, Purse.MONTHLY, EntryKind.EXPIRE, expired),
    ]
    LedgerEntry.objects.bulk_create(entry for entry in entries if entry.credits)
    CreditAccount.objects.filter(pk=account.pk).update(
        monthly=F("monthly") - monthly - expired,
        monthly_held=F("monthly_held") - hold.monthly,
        purchased=F("purchased") - purchased,
        purchased_held=F("purchased_held") - hold.purchased,
    )
    return resolution


def _entry(hold: CreditHold, purse: Purse, kind: EntryKind, credits: int) -> LedgerEntry:
    return LedgerEntry(
        account_id=hold.account_id,
        purse=purse,
        kind=kind,
        credits=-credits,
        hold=hold,
        idempotency_key=f"{kind}:{hold.pk}:{purse}",
    )
