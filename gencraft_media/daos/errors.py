"""What can be wrong with a plan at the moment when somebody confirms, approves or undoes it."""

from gencraft_media.common.errors import Conflict, StaleTransition


class PlanOutdated(StaleTransition):
    """What the plan was made from has changed since, or it is not in a state that allows this; nothing was done."""


class PlanExpired(Conflict):
    """Nobody confirmed the plan in time; ask again and confirm the new one."""

    code = "plan_expired"


class OtherPlan(Conflict):
    """The digest is not this plan's: what was looked at is not what would be applied."""

    code = "plan_digest_mismatch"


class ApprovalNeeded(Conflict):
    """The plan is large enough that a second person has to approve it first."""

    code = "plan_needs_approval"


class UndoRefused(Conflict):
    """Some of the values were changed since the plan was applied, so undoing it would undo that, too."""

    code = "plan_not_undoable"
