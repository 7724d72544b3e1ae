"""Plans whose time is over: proposals that nobody confirmed, and applied plans that were for a while."""

import uuid

from django.db import connection, transaction

from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import GenCraftError
from gencraft_media.common.logs import logger
from gencraft_media.daos.applying import changes_of, lock_rows, write_values
from gencraft_media.daos.models import OPEN_STATES, ConfigurationPlan, PlanState
from gencraft_media.daos.overlapping import changed_since, told_restored, values_to_restore

log = logger(__name__)


def end_due_plans() -> int:
    """Undo the applied plans whose time is over, and void proposals that are too old; gives how many were ended.

    A value that was changed since stays as it is, and the plan's note says so. May run twice at once, or again.
    """
    old = ConfigurationPlan.objects.filter(state__in=OPEN_STATES, confirm_until__lte=database_now())
    old.update(state=PlanState.EXPIRED)
    ended = 0
    due = ConfigurationPlan.objects.filter(state=PlanState.APPLIED, ends_at__lte=database_now())
    # The one applied last stands on those before it.
    for plan_id in due.order_by("-applied_at", "pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                ended += _end(plan_id)
        except GenCraftError as error:
            # Tried again by the next beat; the others must not wait for it.
            log.error("a configuration plan could not be ended", plan=str(plan_id), error=str(error))
    return ended


def _end(plan_id: uuid.UUID) -> int:
    waiting = {"skip_locked": True} if connection.vendor == "postgresql" else {}
    rows = ConfigurationPlan.objects.select_for_update(**waiting)  # type: ignore[arg-type]
    plan = rows.filter(pk=plan_id, state=PlanState.APPLIED).first()
    if plan is None:
        return 0
    changes = changes_of(plan)
    lock_rows(changes)
    others = changed_since(plan, changes)
    back = values_to_restore(plan, [change for change in changes if change not in others])
    write_values(back, actor=None, reason=f"The time of plan {plan.pk} is over")
    plan.note = " ".join(filter(None, (_kept([one.label for one in others]), told_restored(changes, back))))[:500]
    plan.state, plan.undone_at = PlanState.ENDED, database_now()
    plan.save(update_fields=["state", "note", "undone_at"])
    record_audit(actor=None, action="daos.end", target=plan, after={"state": plan.state, "note": plan.note})
    return 1


def _kept(labels: list[str]) -> str:
    if not labels:
        return ""
    return f"Changed since it was applied, and left as it is: {'; '.join(labels)}."
