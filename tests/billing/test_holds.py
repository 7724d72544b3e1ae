"""One hold a job, resolved once, and never more taken than was there."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from billing.auditor import audit_billing
from billing.errors import AccountFrozen, EntryMismatch, HoldMismatch, InsufficientCredits
from billing.ledger import account_of, grant_credits, hold_credits, resolve_hold
from billing.models import CreditAccount, CreditHold, EntryKind, HoldResolution, LedgerEntry
from billing.usage import record_usage
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.models import AuditEntry
from tests.billing.accounts import fresh, owner_with
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db


def deliver(job_id: uuid.UUID, credits: int) -> None:
    """Usage that goes with a capture, so that the auditor has nothing to say."""
    ids: dict[str, Any] = {name: uuid.uuid4() for name in ("item_id", "asset_id", "user_id", "project_id")}
    record_usage(
        **ids,
        job_id=job_id,
        provider="sim",
        model="sim/priced",
        operation="text-to-image",
        cost=Decimal(credits) / 100,
        credits_used=credits,
    )


def test_a_hold_sets_credits_aside_and_a_capture_takes_them() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=4)
    assert (fresh(owner).available, fresh(owner).held) == (6, 4)
    resolve_hold(job_id=job, captured=3)
    deliver(job, 3)
    assert (fresh(owner).available, fresh(owner).held) == (7, 0)
    assert audit_billing() == []


def test_the_months_credits_are_held_and_taken_before_bought_ones() -> None:
    owner, job = owner_with(50, plan="free"), uuid.uuid4()
    hold = hold_credits(owner_id=owner, job_id=job, credits=120)
    assert (hold.monthly, hold.purchased) == (100, 20)
    resolve_hold(job_id=job, captured=110)
    assert (fresh(owner).monthly, fresh(owner).purchased) == (0, 40)
    assert {(e.purse, e.credits) for e in LedgerEntry.objects.filter(kind="capture")} == {
        ("monthly", -100),
        ("purchased", -10),
    }


def test_too_few_credits_are_refused_with_the_numbers_and_change_nothing() -> None:
    owner = owner_with(3)
    with pytest.raises(InsufficientCredits) as refusal:
        hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=4)
    assert refusal.value.http_status == 402
    assert refusal.value.extra == {"required": 4, "available": 3}
    assert fresh(owner).held == 0
    assert not CreditHold.objects.exists()


def test_the_last_credit_can_be_held() -> None:
    owner = owner_with(4)
    hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=4)
    assert fresh(owner).available == 0


def test_a_free_job_has_a_hold_too_and_ends_like_any_other() -> None:
    owner, job = owner_with(0), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=0)
    assert resolve_hold(job_id=job, captured=0).captured == 0
    assert not LedgerEntry.objects.exists()


def test_no_hold_stays_without_the_credits_it_stands_for(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = owner_with(10)
    monkeypatch.setattr("billing.ledger.move", lambda account_id, **amounts: False)
    with pytest.raises(RuntimeError, match="behind its lock"), transaction.atomic():
        hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=4)
    assert not CreditHold.objects.exists()
    assert fresh(owner).held == 0


def test_holding_twice_for_one_job_is_one_hold() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    first = hold_credits(owner_id=owner, job_id=job, credits=4)
    assert hold_credits(owner_id=owner, job_id=job, credits=4) == first
    with pytest.raises(HoldMismatch):
        hold_credits(owner_id=owner, job_id=job, credits=5)
    with pytest.raises(HoldMismatch):
        hold_credits(owner_id=owner_with(9), job_id=job, credits=4)
    assert fresh(owner).held == 4


def test_resolving_twice_is_one_resolution_and_another_amount_is_refused() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=4)
    first = resolve_hold(job_id=job, captured=2)
    assert resolve_hold(job_id=job, captured=2) == first
    with pytest.raises(HoldMismatch, match="already charged 2"):
        resolve_hold(job_id=job, captured=4)
    assert (HoldResolution.objects.count(), fresh(owner).purchased) == (1, 8)


def test_more_than_was_held_is_never_taken() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=4)
    with pytest.raises(HoldMismatch, match="cannot be taken"):
        resolve_hold(job_id=job, captured=5)
    assert fresh(owner).held == 4


def test_a_job_without_a_hold_cannot_be_resolved() -> None:
    with pytest.raises(ObjectNotFound):
        resolve_hold(job_id=uuid.uuid4(), captured=0)


@pytest.mark.parametrize("credits", [1.5, True, "4"])
def test_credits_are_whole_numbers(credits: Any) -> None:
    with pytest.raises(TypeError):
        hold_credits(owner_id=uuid.uuid4(), job_id=uuid.uuid4(), credits=credits)


def test_credits_below_zero_are_neither_held_nor_taken() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    with pytest.raises(ValueError, match="below zero"):
        hold_credits(owner_id=owner, job_id=job, credits=-1)
    hold_credits(owner_id=owner, job_id=job, credits=1)
    with pytest.raises(ValueError, match="below zero"):
        resolve_hold(job_id=job, captured=-1)


def test_a_frozen_account_spends_nothing_but_ends_what_it_began() -> None:
    owner, job = owner_with(10), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=4)
    CreditAccount.objects.filter(owner_id=owner).update(frozen_reason="I7: someone looked away")
    with pytest.raises(AccountFrozen):
        hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=1)
    assert resolve_hold(job_id=job, captured=4).captured == 4


def test_a_grant_with_the_same_key_is_given_once() -> None:
    owner, sam = owner_with(0), make_super_admin()
    wanted: dict[str, Any] = {"owner_id": owner, "kind": EntryKind.ADJUST, "idempotency_key": "sorry-1", "actor": sam}
    entry = grant_credits(credits=25, reason="an apology", **wanted)
    assert grant_credits(credits=25, reason="an apology", **wanted) == entry
    with pytest.raises(EntryMismatch):
        grant_credits(credits=26, **wanted)
    assert (fresh(owner).purchased, entry.actor_id) == (25, sam.pk)
    assert AuditEntry.objects.filter(action="billing.grant_credits", actor_id=sam.pk).count() == 1


def test_credits_that_are_held_cannot_be_taken_back() -> None:
    owner = owner_with(10)
    hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=8)
    with pytest.raises(InsufficientCredits):
        grant_credits(owner_id=owner, credits=-3, kind=EntryKind.ADJUST, idempotency_key="fine")
    grant_credits(owner_id=owner, credits=-2, kind=EntryKind.ADJUST, idempotency_key="fine")
    assert fresh(owner).available == 0


def test_only_the_ledger_itself_writes_grants_and_captures() -> None:
    with pytest.raises(ValueError, match="ledger alone"):
        grant_credits(owner_id=uuid.uuid4(), credits=5, kind=EntryKind.CAPTURE, idempotency_key="x")


def test_a_hold_costs_four_queries(django_assert_max_num_queries: Any) -> None:
    owner = owner_with(10)
    with django_assert_max_num_queries(4):
        hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=4)


def test_a_new_owner_has_an_account_on_first_use() -> None:
    owner = uuid.uuid4()
    hold_credits(owner_id=owner, job_id=uuid.uuid4(), credits=30)
    assert account_of(owner) == fresh(owner)
    assert (fresh(owner).plan_id, fresh(owner).available) == ("free", 70)
