"""What an owner's plan allows."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from billing.accounts import account_of
from billing.models import CreditAccount, Plan
from gencraft_media.common.audit import record_audit
from gencraft_media.common.errors import ObjectNotFound
from gencraft_media.common.reading import Reading

# What operators change of a plan; its key and name are for people.
PLAN_TERMS = ("monthly_outputs", "monthly_credits", "low_credits", "concurrent_jobs", "weight")
_WITH_PLAN = Reading(CreditAccount, by=["owner_id"], related=["plan"])


def plan_of(owner_id: uuid.UUID) -> Plan:
    """The owner's plan; a new owner is on the free one."""
    account = _WITH_PLAN.find(owner_id)
    return account.plan if account is not None else account_of(owner_id).plan


@transaction.atomic
def change_plan_terms(key: str, values: Mapping[str, Any], *, actor: Any, reason: str = "") -> Plan:
    """The plan with these of its terms, from its accounts' next request on; audited with what was before.

    Raises `ObjectNotFound`, and ValidationError for a value out of range.
    """
    plan = Plan.objects.select_for_update().filter(pk=key).first()
    if plan is None:
        raise ObjectNotFound(f"There is no plan {key}.")
    before = {name: getattr(plan, name) for name in values}
    for name, value in values.items():
        setattr(plan, name, value)
    plan.full_clean()
    plan.save(update_fields=list(values))
    after = {name: getattr(plan, name) for name in values}
    if after != before:
        record_audit(
            actor=actor, action="billing.change_plan_terms", target=plan, before=before, after=after, reason=reason
        )
    return plan
