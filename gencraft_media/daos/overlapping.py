"""Plans on top of one another: what is another one's by now, what a value goes back to, what is so only for a while."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gencraft_media.common.configuration import Change, Slot
from gencraft_media.daos.applying import changes_of, value_now
from gencraft_media.daos.models import ConfigurationPlan, PlanState


def changed_since(plan: ConfigurationPlan, changes: Sequence[Change]) -> list[Change]:
    """Those of a plan's changes that hold no more: the value is another one, or a later plan has made it the same."""
    later = ConfigurationPlan.objects.filter(state=PlanState.APPLIED, applied_at__gt=plan.applied_at)
    theirs = [(change.slot, change.after) for one in later for change in changes_of(one)]
    return [
        change for change in changes if value_now(change.slot) != change.after or (change.slot, change.after) in theirs
    ]


def values_to_restore(plan: ConfigurationPlan, changes: Iterable[Change]) -> dict[Slot, Any]:
    """What each value goes back to: what the plan found; where a plan beneath it had made that and is over, what that
    one found. Else a markup for an hour, with another for a day on top of it, would be back after the day, for good.

    Call it behind the locks of the rows: a plan beneath holds them while it ends.
    """
    back = {change.slot: change.before for change in changes}
    earlier = ConfigurationPlan.objects.filter(applied_at__lt=plan.applied_at)
    if not earlier.filter(undone_at__gt=plan.applied_at).exists():
        return back
    # Of the values that may go back further: when that was made which they go back from.
    made_at: dict[Slot, datetime | None] = dict.fromkeys(back, plan.applied_at)
    for older in earlier.order_by("-applied_at"):
        for change in changes_of(older):
            made = made_at.get(change.slot)
            if made is None or (older.undone_at is not None and older.undone_at <= made):
                continue
            if older.undone_at is not None and back[change.slot] == change.after:
                back[change.slot], made_at[change.slot] = change.before, older.applied_at
            else:
                # It holds still, or somebody had changed the value before the next one was applied.
                del made_at[change.slot]
    return back


def told_restored(changes: Iterable[Change], back: dict[Slot, Any]) -> str:
    """Which values go back to something else than the plan says; empty: none."""
    labels = [change.label for change in changes if change.slot in back and back[change.slot] != change.before]
    if not labels:
        return ""
    return f"A plan beneath it was over, so back to what that one had found: {'; '.join(labels)}."


def ending_beneath(unchanged: Iterable[Change]) -> list[str]:
    """Of what is so already: when a plan that made it so ends by itself, as notes."""
    wanted = {change.slot: change.after for change in unchanged}
    if not wanted:
        return []
    due = ConfigurationPlan.objects.filter(state=PlanState.APPLIED, ends_at__isnull=False).order_by("ends_at")
    return [
        f"{change.label}: so only until {plan.ends_at:%Y-%m-%d %H:%M} UTC, when the plan {plan.pk} ends. "
        "Undo that plan and ask again to keep it."
        for plan in due
        for change in changes_of(plan)
        if change.slot in wanted and wanted[change.slot] == change.after
    ]
