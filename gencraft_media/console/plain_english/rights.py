"""Who may look at plans, write them, and take which step with one."""

from typing import Any

from django.http import HttpRequest

from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import PermissionRefused
from gencraft_media.daos.applying import changes_of, require_rights
from gencraft_media.daos.effects import lacks_approval
from gencraft_media.daos.models import OPEN_STATES, ConfigurationPlan, PlanState

MAY_LOOK = "daos.view_configurationplan"
_MAY_WRITE = "daos.add_configurationplan"


def may_write(request: HttpRequest) -> bool:
    """Whether somebody may propose plans and act on them; what is in a plan may need more."""
    return request.user.has_perm(_MAY_WRITE)


def steps_open_to(request: HttpRequest, plan: ConfigurationPlan) -> frozenset[str]:
    """Of "apply", "approve" and "undo", what this person may do with a plan as it is now."""
    if not may_write(request) or not _may_change_all(request.user, plan):
        return frozenset()
    if plan.state == PlanState.APPLIED:
        return frozenset({"undo"})
    if plan.state not in OPEN_STATES or plan.confirm_until <= database_now():
        return frozenset()
    if not plan.changes:
        return frozenset()
    if lacks_approval(plan):
        return frozenset() if plan.created_by_id in (request.user.pk, None) else frozenset({"approve"})
    return frozenset({"apply"})


def _may_change_all(actor: Any, plan: ConfigurationPlan) -> bool:
    try:
        require_rights(actor, changes_of(plan))
    except (PermissionRefused, KeyError):
        # KeyError: its store is not part of the engine any more.
        return False
    return True
