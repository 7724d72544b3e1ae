"""Correcting one price from a moment on: lines are added, never changed, and of one second the latest holds."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from billing.models import PriceLine
from billing.money import usd
from billing.pricelist import forget_prices
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import ObjectNotFound

# Two lines of one price cannot begin at one moment: each correction of a second begins this much after the one before.
_STEP = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class PriceName:
    """What makes lines prices of one thing: they differ in their dates and amounts alone."""

    provider: str
    model: str
    operation: str
    kind: str
    key: str

    def as_text(self) -> str:
        """Stable, and free of doubt whatever is in the names."""
        return json.dumps([self.provider, self.model, self.operation, self.kind, self.key], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "PriceName":
        """What `as_text` wrote."""
        return cls(*json.loads(text))

    @classmethod
    def of(cls, line: PriceLine) -> "PriceName":
        """The name under which a line is a price."""
        return cls(line.provider, line.model, line.operation, line.kind, line.key)

    def lines(self) -> QuerySet[PriceLine]:
        """Its lines, those that hold last first."""
        return PriceLine.objects.filter(**vars(self)).order_by("-effective_from", "-pk")


def whole_second(moment: datetime) -> datetime:
    """The second that a moment lies in, in universal time."""
    return moment.astimezone(UTC).replace(microsecond=0)


def find_line_at(name: PriceName, moment: datetime) -> PriceLine | None:
    """The line in force when the second of `moment` has passed."""
    return name.lines().filter(effective_from__lt=whole_second(moment) + _SECOND).first()


def lock_price(name: PriceName) -> None:
    """Hold a price to the end of the transaction: its first line is the lock of all of them."""
    name.lines().select_for_update().order_by("pk").first()


@transaction.atomic
def correct_price(name: PriceName, amount: Decimal, *, since: datetime, actor: Any, reason: str = "") -> PriceLine:
    """A line with `amount` from the second `since` on; all else is as in the line it takes the place of.

    Lines of later dates hold from their dates on as before. Raises `ObjectNotFound` where there is no price to correct.
    """
    lock_price(name)
    line = find_line_at(name, since)
    if line is None:
        raise ObjectNotFound("There is no price to correct at that time.")
    before, begins = line.amount, whole_second(since)
    if line.effective_from >= begins:
        begins = line.effective_from + _STEP
    line.pk, line.amount, line.effective_from, line._state.adding = None, usd(amount), begins, True
    line.source = (reason or "Corrected by an operator.")[:500]
    line.full_clean(exclude=["created_at"], validate_unique=False, validate_constraints=False)
    line.created_at = PriceLine._meta.get_field("created_at").get_default()
    line.save(force_insert=True)
    record_audit(
        actor=actor,
        action="billing.add_price_line",
        target=line,
        before={"amount": str(before)},
        after={"line": str(line), "effective_from": begins.isoformat()},
        reason=reason,
    )
    transaction.on_commit(forget_prices)
    return line
