"""The second book: what providers took, or may have taken. Kept beside the credits and never shown to users."""

import uuid
from decimal import Decimal

from billing.accounts import in_transaction
from billing.models import CostCertainty, ProviderCost
from billing.money import round_total
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import Conflict
from gencraft_media.common.reading import Reading
from gencraft_media.common.rows import insert_rows

_BOOKED = Reading(ProviderCost, by=["attempt_id"])


def book_provider_cost(
    *,
    attempt_id: uuid.UUID,
    job_id: uuid.UUID,
    account_id: uuid.UUID | None,
    provider: str,
    model: str,
    operation: str,
    certainty: str,
    quoted: Decimal,
    amount: Decimal,
) -> ProviderCost:
    """Write what one attempt cost, once. A suspected cost that turns out to be real becomes confirmed, never back."""
    with in_transaction():
        row = ProviderCost(
            attempt_id=attempt_id,
            job_id=job_id,
            account_id=account_id,
            provider=provider,
            model=model,
            operation=operation,
            certainty=certainty,
            quoted=round_total(quoted),
            amount=round_total(amount),
        )
        booked = _BOOKED.find(attempt_id)
        if booked is None:
            insert_rows([row])
            return row
        if certainty == CostCertainty.CONFIRMED:
            suspected = ProviderCost.objects.filter(
                attempt_id=attempt_id, certainty=CostCertainty.SUSPECTED, settled_by=None
            )
            suspected.update(certainty=certainty, amount=row.amount)
        return ProviderCost.objects.get(attempt_id=attempt_id)


def settle_suspected_cost(cost: ProviderCost, *, confirmed: bool, actor: object, note: str) -> ProviderCost:
    """A person's word on a suspected cost: the provider took it, or it did not. Raises Conflict the second time."""
    certainty = CostCertainty.CONFIRMED if confirmed else CostCertainty.DISMISSED
    changes = {"certainty": certainty, "settled_by": getattr(actor, "pk", None), "settled_note": note}
    if not confirmed:
        changes["amount"] = Decimal(0)
    with in_transaction():
        if not ProviderCost.objects.filter(pk=cost.pk, certainty=CostCertainty.SUSPECTED).update(**changes):
            raise Conflict("This cost is not suspected any more.")
        record_audit(
            actor=actor,
            action="billing.settle_suspected_cost",
            target=cost,
            reason=note,
            before={"certainty": CostCertainty.SUSPECTED, "amount": cost.amount},
            after={"certainty": certainty, "amount": changes.get("amount", cost.amount)},
        )
    cost.refresh_from_db()
    return cost
