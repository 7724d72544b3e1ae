"""The credits ledger: set aside once per job, resolved once, never edited. Balances are the sums of its entries.

Whoever reserves a quota in the same transaction does it first: counters are locked before accounts, everywhere.
"""

import uuid

from django.db.models import BooleanField

from billing.accounts import account_of, change_plan, in_transaction, lock_account, move, turn_over
from billing.errors import AccountFrozen, EntryMismatch, HoldMismatch, InsufficientCredits
from billing.models import CreditAccount, CreditHold, EntryKind, HoldResolution, LedgerEntry, Purse
from billing.notices import tell_low_credits
from billing.spending import count_spent
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.reading import Asked, Reading
from gencraft_media.common.rows import Plus, insert_rows, update_row

__all__ = ["account_of", "change_plan", "grant_credits", "hold_credits", "resolve_hold"]

_LOCKED = Reading(
    CreditAccount,
    by=["owner_id"],
    related=["plan"],
    lock="self",
    asked={"period_ended": Asked("period_end <= {now}", BooleanField())},
)
_HELD = Reading(CreditHold, by=["job_id"])
_HELD_AND_LOCKED = Reading(CreditHold, by=["job_id"], related=["account"], lock="account")
_RESOLVED = Reading(HoldResolution, by=["hold"])


def hold_credits(
    *, owner_id: uuid.UUID, job_id: uuid.UUID, credits: int, project_id: uuid.UUID | None = None
) -> CreditHold:
    """Set credits aside for a job, the month's first. Raises `InsufficientCredits`; a repeat gives the same hold.

    The job's project, where it is named, is told when few are left.
    """
    _refuse_fractions(credits)
    with in_transaction():
        account = _locked_in_its_period(owner_id)
        monthly = min(credits, account.monthly - account.monthly_held)
        purchased = credits - monthly
        hold = CreditHold(
            account=account, job_id=job_id, monthly=monthly, purchased=purchased, period_start=account.period_start
        )
        refusal = _refusal(account, credits)
        # Nothing is written before a refusal, and a hold that is there already is no reason for one.
        if refusal is not None or not insert_rows([hold], ignore_conflicts=True):
            return _same_hold(_HELD.find(job_id), account, credits, refusal)
        if not move(account.pk, monthly_held=monthly, purchased_held=purchased):
            # Its lock was not held, or somebody wrote around it; an error that nobody expects takes the hold back too.
            raise RuntimeError(f"the balances of account {account.pk} changed behind its lock")
        if project_id is not None:
            tell_low_credits(account, credits, project_id)
        return hold


def resolve_hold(*, job_id: uuid.UUID, captured: int, project_id: uuid.UUID | None = None) -> HoldResolution:
    """End a job's hold: take `captured` credits, the month's first, and give the rest back.

    What is taken counts as spent by the job's project, where it is named. Once only: a repeat gives the same row,
    another amount raises `HoldMismatch`.
    """
    _refuse_fractions(captured)
    with in_transaction():
        hold = _HELD_AND_LOCKED.find(job_id)
        if hold is None:
            raise ObjectNotFound(f"Job {job_id} holds no credits.")
        # A query of its own: one joined above would be as old as the wait for the lock.
        resolved = _RESOLVED.find(hold.pk)
        if resolved is not None:
            if resolved.captured != captured:
                raise HoldMismatch(f"Job {job_id} was already charged {resolved.captured} credits, not {captured}.")
            return resolved
        if captured > hold.credits:
            raise HoldMismatch(f"Job {job_id} holds {hold.credits} credits; {captured} cannot be taken.")
        if project_id is not None and captured:
            count_spent(project_id, captured)
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
    account = _LOCKED.find(owner_id)
    if account is None:
        account_of(owner_id)
        account = _LOCKED.find(owner_id)
    if account is None:
        raise CreditAccount.DoesNotExist
    return turn_over(account) if account.period_ended else account


def _refusal(account: CreditAccount, credits: int) -> AccountFrozen | InsufficientCredits | None:
    """Why the locked account cannot set `credits` aside."""
    if account.frozen_reason and credits:
        return AccountFrozen()
    if account.available >= credits:
        return None
    detail = f"This needs {credits} credits and {account.available} are available."
    return InsufficientCredits(detail, required=credits, available=account.available)


def _same_hold(hold: CreditHold | None, account: CreditAccount, credits: int, refusal: Exception | None) -> CreditHold:
    if hold is None:
        raise refusal or HoldMismatch(f"Job {account.pk} lost its hold.")
    if hold.credits != credits or hold.account_id != account.pk:
        raise HoldMismatch(f"Job {hold.job_id} already holds {hold.credits} credits.")
    return hold


def _resolve(hold: CreditHold, captured: int) -> HoldResolution:
    account = hold.account
    monthly = min(captured, hold.monthly)
    purchased = captured - monthly
    # The month that granted them is over: what is not taken of them expires instead of coming back.
    expired = hold.monthly - monthly if hold.period_start < account.period_start else 0
    resolution = HoldResolution(hold=hold, held=hold.credits, captured=captured)
    insert_rows([resolution])
    entries = [
        _entry(hold, Purse.MONTHLY, EntryKind.CAPTURE, monthly),
        _entry(hold, Purse.PURCHASED, EntryKind.CAPTURE, purchased),
        _entry(hold, Purse.MONTHLY, EntryKind.EXPIRE, expired),
    ]
    insert_rows([entry for entry in entries if entry.credits])
    changes = {
        "monthly": Plus(-monthly - expired),
        "monthly_held": Plus(-hold.monthly),
        "purchased": Plus(-purchased),
        "purchased_held": Plus(-hold.purchased),
    }
    update_row(CreditAccount, account.pk, changes)
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
