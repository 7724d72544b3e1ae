"""The database holds the ledger's rules where it can; the auditor finds what a damaged database could hide."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Model

from billing.accounts import thaw
from billing.auditor import APPEND_ONLY_TABLES, audit_billing
from billing.errors import AccountFrozen
from billing.ledger import hold_credits, resolve_hold
from billing.models import CreditAccount, CreditHold, HoldResolution, LedgerEntry, MediaUsage, PriceLine, ProviderCost
from billing.pricefile import load_price_lines
from tests.billing.accounts import fresh, owner_with
from tests.billing.test_holds import deliver
from tests.billing.test_usage_and_costs import book
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db

MONEY: list[type[Model]] = [LedgerEntry, CreditHold, HoldResolution, MediaUsage, PriceLine, ProviderCost]
COLUMN = {PriceLine: "amount", LedgerEntry: "credits", HoldResolution: "captured", MediaUsage: "cost"}


@pytest.fixture
def charged_owner() -> uuid.UUID:
    """An owner with one job behind them and every kind of money row in the database."""
    owner, job = owner_with(10), uuid.uuid4()
    hold_credits(owner_id=owner, job_id=job, credits=4)
    resolve_hold(job_id=job, captured=3)
    deliver(job, 3)
    book("confirmed")
    load_price_lines()
    return owner


def without_triggers(table: str, statement: str) -> None:
    """Do what only a damaged database could: change a row behind its triggers."""
    with connection.cursor() as cursor:
        for event in ("update", "delete"):
            on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {table}_refuse_{event}{on_table}")
        cursor.execute(statement)


def found() -> set[str]:
    """Which invariants are broken."""
    return {finding.invariant for finding in audit_billing()}


@pytest.mark.parametrize("model", MONEY)
def test_rows_of_money_are_neither_changed_nor_deleted(model: Any, charged_owner: uuid.UUID) -> None:
    rows = model.objects.all()
    assert rows.exists()
    column = COLUMN.get(model, "monthly" if model is CreditHold else "quoted")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(**{column: F(column) + 1})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows._raw_delete(rows.db)


@pytest.mark.parametrize(
    "change",
    [
        {"monthly_held": -1},
        {"purchased_held": -1},
        {"monthly": -1},
        {"purchased": -1},
        {"monthly": 1, "monthly_held": 2},
        {"purchased": 1, "purchased_held": 2},
    ],
)
def test_no_balance_covers_less_than_it_holds(change: dict[str, int]) -> None:
    owner = owner_with(0)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditAccount.objects.filter(owner_id=owner).update(**change)


@pytest.mark.parametrize("values", [{"held": 4, "captured": 5}, {"held": 4, "captured": -1}])
def test_a_resolution_takes_no_more_than_was_held(values: dict[str, int]) -> None:
    owner, job = owner_with(10), uuid.uuid4()
    hold = hold_credits(owner_id=owner, job_id=job, credits=4)
    with pytest.raises(IntegrityError), transaction.atomic():
        HoldResolution.objects.create(hold=hold, **values)


def test_a_hold_has_one_resolution_and_a_job_one_hold(charged_owner: uuid.UUID) -> None:
    hold = CreditHold.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        HoldResolution.objects.create(hold=hold, held=4, captured=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditHold.objects.create(
            account=hold.account, job_id=hold.job_id, monthly=0, purchased=0, period_start=hold.period_start
        )


@pytest.mark.parametrize(
    ("kind", "credits"), [("grant", -1), ("purchase", -1), ("capture", 1), ("expire", 1), ("adjust", 0)]
)
def test_an_entry_has_the_sign_of_its_kind(kind: str, credits: int) -> None:
    account = fresh(owner_with(0))
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(account=account, purse="purchased", kind=kind, credits=credits, idempotency_key="k")


def test_a_key_writes_one_entry(charged_owner: uuid.UUID) -> None:
    entry = LedgerEntry.objects.filter(kind="purchase").get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(
            account=entry.account, purse="purchased", kind="purchase", credits=1, idempotency_key=entry.idempotency_key
        )


def test_an_honest_ledger_has_no_findings(charged_owner: uuid.UUID) -> None:
    assert audit_billing() == []


def test_a_balance_that_is_not_the_sum_of_its_entries_stops_spending_until_a_person_looked(
    charged_owner: uuid.UUID,
) -> None:
    CreditAccount.objects.filter(owner_id=charged_owner).update(purchased=F("purchased") + 1)
    assert found() == {"I7"}
    with pytest.raises(AccountFrozen):
        hold_credits(owner_id=charged_owner, job_id=uuid.uuid4(), credits=1)
    CreditAccount.objects.filter(owner_id=charged_owner).update(purchased=F("purchased") - 1)
    thaw(fresh(charged_owner), actor=make_super_admin(), reason="the row was repaired")
    assert hold_credits(owner_id=charged_owner, job_id=uuid.uuid4(), credits=1).credits == 1


def test_held_credits_without_a_hold_are_found(charged_owner: uuid.UUID) -> None:
    CreditAccount.objects.filter(owner_id=charged_owner).update(purchased_held=1)
    assert found() == {"I7"}


def test_a_resolution_of_another_size_than_its_hold_is_found(charged_owner: uuid.UUID) -> None:
    without_triggers("hold_resolutions", "UPDATE hold_resolutions SET held = held + 1")
    assert found() == {"I4", "I6"}


def test_a_capture_that_no_entry_shows_is_found(charged_owner: uuid.UUID) -> None:
    without_triggers("hold_resolutions", "UPDATE hold_resolutions SET captured = captured + 1")
    assert found() == {"I1", "I5", "I6"}


def test_an_entry_without_a_resolution_is_found(charged_owner: uuid.UUID) -> None:
    without_triggers("hold_resolutions", "DELETE FROM hold_resolutions")
    assert found() == {"I1", "I6", "I7"}


def test_usage_that_no_one_paid_for_is_found(charged_owner: uuid.UUID) -> None:
    deliver(CreditHold.objects.get().job_id, 1)
    assert found() == {"I5"}


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_a_table_that_lost_its_triggers_is_found(table: str) -> None:
    without_triggers(table, "SELECT 1")
    assert {finding.subject for finding in audit_billing()} == {f"table {table}"}
