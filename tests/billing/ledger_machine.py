"""A model of the ledger in plain integers, and the random steps that compare it with the real one."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from billing.accounts import turn_over_due_accounts
from billing.auditor import audit_billing
from billing.errors import HoldMismatch, InsufficientCredits
from billing.ledger import account_of, change_plan, grant_credits, hold_credits, resolve_hold
from billing.models import CreditAccount, EntryKind, HoldResolution, Plan
from billing.periods import next_month
from tests.billing.test_holds import deliver

PLANS = {"free": 100, "starter": 1000, "enterprise": 0}
LONG_OVER = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Hold:
    """What a job holds of each purse, since which month, and what was taken once it ended."""

    monthly: int
    purchased: int
    month: int
    captured: int | None = None

    @property
    def credits(self) -> int:
        return self.monthly + self.purchased


class LedgerMachine(RuleBasedStateMachine):
    """One owner's account under any order of grants, holds, ends, repeats, plan changes and turns of the month."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.database = transaction.atomic()
        self.database.__enter__()
        self.clock = pytest.MonkeyPatch()
        self.owner = uuid.uuid4()
        self.monthly = self.purchased = self.granted = self.month = self.account_month = self.grants = 0
        self.plan = "free"
        self.holds: dict[uuid.UUID, Hold] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.database.__exit__(None, None, None)
        self.clock.undo()

    @initialize(plan=st.sampled_from(sorted(PLANS)))
    def open(self, plan: str) -> None:
        account = account_of(self.owner, plan=plan)
        self.plan, self.monthly, self.granted = plan, PLANS[plan], PLANS[plan]
        self.now = account.period_start

    @property
    def held(self) -> tuple[int, int]:
        """Credits held of each purse."""
        live = [hold for hold in self.holds.values() if hold.captured is None]
        return sum(hold.monthly for hold in live), sum(hold.purchased for hold in live)

    def turned_over(self) -> None:
        """What the first touch in a new month does."""
        if self.account_month < self.month:
            self.account_month = self.month
            self.monthly = self.held[0] + PLANS[self.plan]
            self.granted = PLANS[self.plan]

    @rule(credits=st.integers(-60, 60).filter(bool), again=st.booleans())
    def grant(self, credits: int, again: bool) -> None:
        self.grants += 1
        wanted: dict[str, Any] = {
            "owner_id": self.owner,
            "credits": credits,
            "kind": EntryKind.ADJUST,
            "idempotency_key": str(self.grants),
        }
        if self.purchased + credits < self.held[1]:
            with pytest.raises(InsufficientCredits):
                grant_credits(**wanted)
            return
        for _ in range(1 + again):
            grant_credits(**wanted)
        self.purchased += credits

    @rule(credits=st.integers(0, 90), again=st.booleans())
    def hold(self, credits: int, again: bool) -> None:
        self.turned_over()
        job = uuid.uuid4()
        monthly_free, purchased_free = self.monthly - self.held[0], self.purchased - self.held[1]
        if credits > monthly_free + purchased_free:
            with pytest.raises(InsufficientCredits):
                hold_credits(owner_id=self.owner, job_id=job, credits=credits)
            return
        for _ in range(1 + again):
            hold_credits(owner_id=self.owner, job_id=job, credits=credits)
        monthly = min(credits, monthly_free)
        self.holds[job] = Hold(monthly, credits - monthly, self.account_month)

    @precondition(lambda self: any(hold.captured is None for hold in self.holds.values()))
    @rule(choice=st.randoms(use_true_random=False), part=st.integers(0, 100))
    def resolve(self, choice: Any, part: int) -> None:
        job = choice.choice([job for job, hold in self.holds.items() if hold.captured is None])
        hold = self.holds[job]
        captured = hold.credits * part // 100
        with pytest.raises(HoldMismatch):
            resolve_hold(job_id=job, captured=hold.credits + 1)
        resolve_hold(job_id=job, captured=captured)
        deliver(job, captured)
        monthly = min(captured, hold.monthly)
        self.monthly -= monthly if hold.month == self.account_month else hold.monthly
        self.purchased -= captured - monthly
        hold.captured = captured

    @precondition(lambda self: any(hold.captured is not None for hold in self.holds.values()))
    @rule(choice=st.randoms(use_true_random=False), difference=st.integers(0, 2))
    def resolve_again(self, choice: Any, difference: int) -> None:
        job, hold = choice.choice([pair for pair in self.holds.items() if pair[1].captured is not None])
        if difference:
            with pytest.raises(HoldMismatch):
                resolve_hold(job_id=job, captured=hold.captured + difference)
        else:
            assert resolve_hold(job_id=job, captured=hold.captured).captured == hold.captured

    @rule(plan=st.sampled_from(sorted(PLANS)))
    def take_plan(self, plan: str) -> None:
        self.turned_over()
        change_plan(self.owner, plan)
        topped_up = max(0, PLANS[plan] - self.granted)
        self.plan, self.monthly, self.granted = plan, self.monthly + topped_up, self.granted + topped_up

    @rule(swept=st.booleans())
    def month_passes(self, swept: bool) -> None:
        self.now = next_month(self.now)
        self.month += 1
        self.clock.setattr("billing.accounts.database_now", lambda: self.now)
        CreditAccount.objects.filter(owner_id=self.owner).update(period_end=LONG_OVER)
        if swept:
            assert turn_over_due_accounts() == 1
            self.turned_over()

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        account = CreditAccount.objects.filter(owner_id=self.owner).first()
        if account is None:
            return
        type(self).steps += 1
        held = (account.monthly_held, account.purchased_held)
        assert (account.monthly, account.purchased, held) == (self.monthly, self.purchased, self.held)
        assert account.available >= 0

    @invariant()
    def every_end_is_the_one_the_model_knows(self) -> None:
        ended = {job: hold.captured for job, hold in self.holds.items() if hold.captured is not None}
        assert dict(HoldResolution.objects.values_list("hold__job_id", "captured")) == ended

    @invariant()
    def the_auditor_finds_nothing(self) -> None:
        assert audit_billing() == []


def plans_are_as_the_model_has_them() -> bool:
    """Whether the seeded plans grant what PLANS says."""
    return dict(Plan.objects.filter(pk__in=PLANS).values_list("pk", "monthly_credits")) == PLANS
