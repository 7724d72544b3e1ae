"""Plans of configuration changes: proposed, approved, applied once, undone. Nothing else changes anything."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from gencraft_media.common.audit import record_audit
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import FieldError, InvalidRequest, PermissionRefused
from gencraft_media.daos.applying import changes_of, lock_rows, require_rights, told_change, write_values
from gencraft_media.daos.drafting import digest_of, document_of, draft_of
from gencraft_media.daos.effects import effect_of, lacks_approval, second_person_needed
from gencraft_media.daos.errors import ApprovalNeeded, OtherPlan, PlanExpired, PlanOutdated, UndoRefused
from gencraft_media.daos.grammar.times import LONGEST_S, SHORTEST_S
from gencraft_media.daos.models import OPEN_STATES, ConfigurationPlan, PlanSource, PlanState
from gencraft_media.daos.overlapping import changed_since, ending_beneath, told_restored, values_to_restore
from gencraft_media.daos.sentences import PROMPTS, read_sentence

CONFIRM_WITHIN = timedelta(minutes=15)
LONGEST_SENTENCE = 1000
BY_LANGUAGE_MODEL = "A language model proposes this; see whether it is what the sentence says."


def propose_plan(
    *,
    actor: Any,
    sentence: str = "",
    actions: Sequence[Mapping[str, Any]] | None = None,
    prompt_id: str = "",
    holds_for_s: int | None = None,
    source: str = "",
) -> ConfigurationPlan:
    """What a sentence, a known prompt, or actions ({"action", "parameters"}) would change, kept to be looked at.

    `holds_for_s` overrides what the sentence says of how long. Raises `SentenceRefused`, `InvalidRequest` naming
    fields, `PermissionRefused` where the actor may not change all of it.
    """
    if prompt_id:
        sentence = _prompt(prompt_id)
    notes: tuple[str, ...] = (BY_LANGUAGE_MODEL,) if source == PlanSource.LANGUAGE_MODEL else ()
    if actions is None:
        read = read_sentence(sentence)
        actions = [{"action": one.name, "parameters": dict(one.parameters)} for one in read.actions]
        notes, holds_for_s = read.notes, holds_for_s or read.holds_for_s
        source = PlanSource.SENTENCE
    _require_span(holds_for_s)
    draft = draft_of(actions)
    require_rights(actor, draft.changes)
    now = database_now()
    if holds_for_s is not None:
        _require_begun(draft.actions, now)
    changes = [document_of(change) for change in draft.changes]
    effect = effect_of(draft.changes)
    plan = ConfigurationPlan(
        created_by=actor,
        source=source or PlanSource.ACTIONS,
        sentence=sentence[:LONGEST_SENTENCE],
        actions=draft.actions,
        changes=changes,
        notes=list(dict.fromkeys((*notes, *draft.notes, *ending_beneath(draft.unchanged)))),
        effect=effect,
        risk=draft.risk,
        digest=digest_of(draft.actions, changes, holds_for_s),
        confirm_until=now + CONFIRM_WITHIN,
        holds_for_s=holds_for_s,
        needs_second_person=second_person_needed(effect),
        created_at=now,
    )
    with transaction.atomic():
        plan.save(force_insert=True)
        _note(plan, "daos.propose", actor, {"actions": plan.actions, "digest": plan.digest})
    return plan


def approve_plan(plan: ConfigurationPlan, *, actor: Any) -> ConfigurationPlan:
    """A second person's word for a plan; it can then be confirmed for another quarter of an hour.

    Raises `PermissionRefused` for the one who proposed it, and for a plan in nobody's name; `PlanExpired`,
    `PlanOutdated`.
    """
    return _in_turn(plan, lambda row, now: _approve(row, now, actor))


def apply_plan(plan: ConfigurationPlan, *, actor: Any, digest: str) -> ConfigurationPlan:
    """Change all that the plan says, or nothing, once. `digest` is that of the plan that was looked at.

    Raises `OtherPlan`, `ApprovalNeeded`, `PermissionRefused`, `PlanExpired`, and `PlanOutdated` where anything that it
    was made from has changed since.
    """
    return _in_turn(plan, lambda row, now: _apply(row, now, actor, digest))


def undo_plan(plan: ConfigurationPlan, *, actor: Any) -> ConfigurationPlan:
    """Every value exactly as it was before. Raises `UndoRefused` naming what was changed since, `PlanOutdated`.

    What a plan beneath it had made, and that is over since, goes back to what that one had found.
    """
    return _in_turn(plan, lambda row, now: _undo(row, now, actor))


def _in_turn(
    plan: ConfigurationPlan, step: Callable[[ConfigurationPlan, datetime], Exception | None]
) -> ConfigurationPlan:
    """One step of a plan under its lock. What a step returns is raised after its transaction: the new state is kept."""
    with transaction.atomic():
        row = ConfigurationPlan.objects.select_for_update().get(pk=plan.pk)
        refusal = step(row, database_now())
    if refusal is not None:
        raise refusal
    return row


def _approve(plan: ConfigurationPlan, now: datetime, actor: Any) -> Exception | None:
    if plan.state != PlanState.PROPOSED:
        raise PlanOutdated(f"This plan is {plan.state}; only a proposed one is approved.")
    if actor is None or actor.pk == plan.created_by_id:
        raise PermissionRefused("A second person approves a plan, not the one who proposed it.")
    if plan.created_by_id is None:
        # Whoever approves it may be the one who proposed it.
        raise PermissionRefused("It was proposed in nobody's name; propose it again in somebody's.")
    require_rights(actor, changes_of(plan))
    if plan.confirm_until <= now:
        return _expire(plan, actor)
    plan.state, plan.approved_by, plan.confirm_until = PlanState.APPROVED, actor, now + CONFIRM_WITHIN
    plan.save(update_fields=["state", "approved_by", "confirm_until"])
    _note(plan, "daos.approve", actor, {"digest": plan.digest})
    return None


def _apply(plan: ConfigurationPlan, now: datetime, actor: Any, digest: str) -> Exception | None:
    if plan.state not in OPEN_STATES:
        raise PlanOutdated(f"This plan is {plan.state}; it is applied once, and only as it was proposed.")
    # What was looked at, what is kept, and what would be written are one.
    if not digest == plan.digest == digest_of(plan.actions, plan.changes, plan.holds_for_s):
        raise OtherPlan
    changes = changes_of(plan)
    require_rights(actor, changes)
    if plan.confirm_until <= now:
        return _expire(plan, actor)
    if lacks_approval(plan):
        raise ApprovalNeeded
    lock_rows(changes)
    if not _is_current(plan):
        plan.state, plan.note = PlanState.STALE, "What it was made from changed before it was confirmed."
        plan.save(update_fields=["state", "note"])
        _note(plan, "daos.refuse", actor, {"digest": plan.digest})
        return PlanOutdated()
    write_values({change.slot: change.after for change in changes}, actor=actor, reason=_reason(plan))
    plan.state, plan.applied_by, plan.applied_at = PlanState.APPLIED, actor, now
    plan.ends_at = now + timedelta(seconds=plan.holds_for_s) if plan.holds_for_s is not None else None
    plan.save(update_fields=["state", "applied_by", "applied_at", "ends_at"])
    _note(plan, "daos.apply", actor, {"changes": plan.changes, "digest": plan.digest, "endsAt": plan.ends_at})
    return None


def _undo(plan: ConfigurationPlan, now: datetime, actor: Any) -> Exception | None:
    if plan.state != PlanState.APPLIED:
        raise PlanOutdated(f"This plan is {plan.state}; only an applied one is undone.")
    changes = changes_of(plan)
    require_rights(actor, changes)
    lock_rows(changes)
    others = [told_change(change) for change in changed_since(plan, changes)]
    if others:
        named = "; ".join(f"{one['label']}{f' by {who}' if (who := one['changedBy']) else ''}" for one in others)
        raise UndoRefused(f"Changed since the plan was applied: {named}.", changed=others)
    back = values_to_restore(plan, changes)
    write_values(back, actor=actor, reason=f"Undone: {_reason(plan)}"[:500])
    plan.state, plan.undone_by, plan.undone_at = PlanState.UNDONE, actor, now
    plan.note = told_restored(changes, back)[:500]
    plan.save(update_fields=["state", "undone_by", "undone_at", "note"])
    _note(plan, "daos.undo", actor, {"digest": plan.digest, "note": plan.note})
    return None


def _is_current(plan: ConfigurationPlan) -> bool:
    """Whether the same actions mean the same changes still, row by row."""
    try:
        again = draft_of(plan.actions)
    except InvalidRequest:
        return False
    return bool([document_of(change) for change in again.changes] == plan.changes)


def _expire(plan: ConfigurationPlan, actor: Any) -> PlanExpired:
    plan.state = PlanState.EXPIRED
    plan.save(update_fields=["state"])
    _note(plan, "daos.refuse", actor, {"digest": plan.digest})
    return PlanExpired()


def _note(plan: ConfigurationPlan, action: str, actor: Any, facts: dict[str, Any]) -> None:
    record_audit(actor=actor, action=action, target=plan, after={"state": plan.state, **facts}, reason=plan.sentence)


def _reason(plan: ConfigurationPlan) -> str:
    """What the history of a setting says of a change by a plan."""
    return f"Plan {plan.pk}: {plan.sentence or ', '.join(one['action'] for one in plan.actions)}"[:500]


def _prompt(prompt_id: str) -> str:
    if prompt_id not in PROMPTS:
        wrong = FieldError("promptId", f"There is no prompt {prompt_id}.", "unknown", allowed=sorted(PROMPTS))
        raise InvalidRequest(errors=[wrong])
    return PROMPTS[prompt_id]


def _require_span(holds_for_s: int | None) -> None:
    if holds_for_s is not None and not SHORTEST_S <= holds_for_s <= LONGEST_S:
        text = f"A plan holds for {SHORTEST_S} to {LONGEST_S} seconds, or until it is undone."
        raise InvalidRequest(errors=[FieldError("holdsForSeconds", text, "out_of_range")])


def _require_begun(actions: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Raises `InvalidRequest` for what begins later: a plan for a while might be over before."""
    for position, one in enumerate(actions):
        since = one["parameters"].get("from")
        if since is not None and datetime.fromisoformat(since) > now + CONFIRM_WITHIN:
            text = "What holds for a while holds from when it is applied; leave out from when, or how long."
            raise InvalidRequest(errors=[FieldError(f"actions.{position}.parameters.from", text, "conflict")])
