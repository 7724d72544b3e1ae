"""Plans: nothing happens before one is confirmed, and then all of it, once."""

from datetime import timedelta

import pytest

from billing.models import PricingSettings
from gencraft_media.accounts.models import User
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import InvalidRequest, PermissionRefused
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import newest_settings, save_settings
from gencraft_media.daos.errors import (
    ApprovalNeeded,
    OtherPlan,
    PlanExpired,
    PlanOutdated,
    UndoRefused,
)
from gencraft_media.daos.models import ConfigurationPlan, PlanPolicy, PlanState
from gencraft_media.daos.services import apply_plan, approve_plan, undo_plan
from gencraft_media.generation.models import MediaSettings
from gencraft_media.generation.policy import media_policy
from tests.daos.asking import applied, asked, proposed, value
from tests.factories import make_project, make_user
from tests.generation.rows import load_rows

pytestmark = pytest.mark.django_db
MARKUP = asked("pricing.markup", percent="15")
OFF = asked("media.enable", enabled=False)


def state_of(plan: ConfigurationPlan) -> str:
    return ConfigurationPlan.objects.get(pk=plan.pk).state


def test_a_proposed_plan_tells_before_and_after_and_changes_nothing(sam: User) -> None:
    plan = proposed(MARKUP, actor=sam)
    [change] = plan.changes
    assert (change["before"], change["after"], change["risk"]) == ("0", "15", "money")
    assert (plan.state, plan.risk, plan.created_by) == (PlanState.PROPOSED, "money", sam)
    assert not PricingSettings.objects.exists()


def test_an_applied_plan_holds_at_once_and_says_in_the_history_where_it_comes_from(sam: User) -> None:
    plan = applied(MARKUP, actor=sam)
    row = newest_settings(PricingSettings)
    assert (str(row.markup_percent), row.changed_by) == ("15.00", sam)
    assert str(plan.pk) in row.reason
    assert list(AuditEntry.objects.filter(action__startswith="daos").values_list("action", flat=True)) == [
        "daos.apply",
        "daos.propose",
    ]


def test_a_plan_is_applied_once(sam: User) -> None:
    plan = applied(MARKUP, actor=sam)
    with pytest.raises(PlanOutdated):
        apply_plan(plan, actor=sam, digest=plan.digest)
    assert PricingSettings.objects.count() == 1


def test_only_the_plan_that_was_looked_at_is_applied(sam: User) -> None:
    seen, other = proposed(MARKUP, actor=sam), proposed(asked("pricing.markup", percent="90"), actor=sam)
    assert seen.digest != other.digest
    with pytest.raises(OtherPlan):
        apply_plan(other, actor=sam, digest=seen.digest)
    assert not PricingSettings.objects.exists()


def test_how_long_it_holds_is_in_the_digest(sam: User) -> None:
    assert proposed(MARKUP).digest != proposed(MARKUP, holds_for_s=3600).digest
    assert proposed(MARKUP).digest == proposed(MARKUP).digest


def test_a_plan_is_outdated_when_a_value_changed_after_it_was_proposed(sam: User) -> None:
    plan = proposed(MARKUP, actor=sam)
    save_settings(PricingSettings, {"markup_percent": "3"}, actor=sam)
    with pytest.raises(PlanOutdated):
        apply_plan(plan, actor=sam, digest=plan.digest)
    assert state_of(plan) == PlanState.STALE
    assert value("billing.pricing", "global", "markup_percent") == "3"


def test_a_plan_for_everybody_is_outdated_by_a_new_exception(sam: User) -> None:
    plan, project = proposed(asked("media.enable", enabled=True), actor=sam), make_project()
    save_settings(MediaSettings, {"enabled": False}, scope=f"project:{project.pk}", actor=sam)
    with pytest.raises(PlanOutdated):
        apply_plan(plan, actor=sam, digest=plan.digest)
    assert not media_policy(project.pk, project.owner_id).enabled


def test_another_field_of_the_same_row_may_change_meanwhile(sam: User) -> None:
    plan = proposed(MARKUP, actor=sam)
    save_settings(PricingSettings, {"batch_discount_cap": "0.5"}, actor=sam)
    apply_plan(plan, actor=sam, digest=plan.digest)
    assert value("billing.pricing", "global", "markup_percent") == "15"
    assert value("billing.pricing", "global", "batch_discount_cap") == "0.5"


def test_all_of_a_plan_or_nothing(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = proposed(MARKUP, OFF, actor=sam)
    monkeypatch.setattr("gencraft_media.daos.services._note", lambda *facts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        apply_plan(plan, actor=sam, digest=plan.digest)
    assert (PricingSettings.objects.count(), MediaSettings.objects.count()) == (0, 0)
    assert state_of(plan) == PlanState.PROPOSED


def test_undo_writes_every_value_back(sam: User) -> None:
    save_settings(PricingSettings, {"markup_percent": "7.25"}, actor=sam)
    plan = undo_plan(applied(MARKUP, OFF, actor=sam), actor=sam)
    assert (plan.state, plan.undone_by) == (PlanState.UNDONE, sam)
    assert value("billing.pricing", "global", "markup_percent") == "7.25"
    assert value("generation.media", "global", "enabled") is None
    with pytest.raises(PlanOutdated):
        undo_plan(plan, actor=sam)


def test_undo_is_refused_naming_what_was_changed_since_and_by_whom(sam: User, olga: User) -> None:
    plan = applied(MARKUP, OFF, actor=sam)
    save_settings(PricingSettings, {"markup_percent": "20"}, actor=olga)
    with pytest.raises(UndoRefused) as refused:
        undo_plan(plan, actor=sam)
    assert refused.value.extra["changed"] == [{"label": "Markup in percent", "now": "20", "changedBy": olga.email}]
    assert "Markup in percent" in str(refused.value)
    assert str(olga) in str(refused.value)
    assert value("generation.media", "global", "enabled") is False
    assert state_of(plan) == PlanState.APPLIED


def test_a_proposal_is_void_after_a_quarter_of_an_hour(sam: User) -> None:
    plan = proposed(MARKUP, actor=sam)
    ConfigurationPlan.objects.filter(pk=plan.pk).update(confirm_until=database_now() - timedelta(seconds=1))
    with pytest.raises(PlanExpired):
        apply_plan(plan, actor=sam, digest=plan.digest)
    assert state_of(plan) == PlanState.EXPIRED


def test_who_may_not_change_it_by_form_cannot_by_plan(sam: User) -> None:
    nobody = make_user("nobody", is_staff=True)
    with pytest.raises(PermissionRefused, match=r"billing\.change_pricingsettings"):
        proposed(MARKUP, actor=nobody)
    plan = proposed(MARKUP, actor=sam)
    with pytest.raises(PermissionRefused):
        apply_plan(plan, actor=nobody, digest=plan.digest)
    plan = applied(MARKUP, actor=sam)
    with pytest.raises(PermissionRefused):
        undo_plan(plan, actor=nobody)


def test_actions_that_contradict_each_other_are_refused(sam: User) -> None:
    with pytest.raises(InvalidRequest) as refused:
        proposed(MARKUP, asked("pricing.markup", percent="5"), actor=sam)
    assert refused.value.errors[0].code == "conflict"


def test_everybody_but_one_project(sam: User) -> None:
    project, other = make_project(), make_project()
    save_settings(MediaSettings, {"enabled": True}, scope=f"project:{project.pk}", actor=sam)
    applied(OFF, asked("media.enable", enabled=True, scope=f"project:{project.pk}"), actor=sam)
    assert media_policy(project.pk, project.owner_id).enabled
    assert not media_policy(other.pk, other.owner_id).enabled


def test_what_is_so_already_is_a_note_and_no_change(sam: User) -> None:
    plan = applied(asked("pricing.batch_discount", percent="5"), actor=sam)
    assert plan.changes == []
    assert any("media.batchDiscount" in note and "already" in note for note in plan.notes)
    assert not PricingSettings.objects.exists()


def test_wrong_parameters_are_named_by_their_path() -> None:
    with pytest.raises(InvalidRequest) as refused:
        proposed(OFF, asked("media.quality", quality="huge"))
    assert refused.value.errors[0].field == "actions.1.parameters.quality"
    with pytest.raises(InvalidRequest) as refused:
        proposed(asked("media.enabel"))
    assert refused.value.errors[0].nearest == "media.enable"


def test_a_second_person_is_asked_above_the_amount_of_the_policy(
    sam: User, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(PlanPolicy, {"second_person_above": "100"}, actor=sam)
    effect = {"projects": 1, "users": 1, "keys": 1, "replay": {"difference": "100.000001"}}
    monkeypatch.setattr("gencraft_media.daos.services.effect_of", lambda changes: effect)
    plan = proposed(MARKUP, actor=sam)
    assert plan.needs_second_person
    with pytest.raises(ApprovalNeeded):
        apply_plan(plan, actor=olga, digest=plan.digest)
    with pytest.raises(PermissionRefused):
        approve_plan(plan, actor=sam)
    assert approve_plan(plan, actor=olga).approved_by == olga
    assert apply_plan(plan, actor=sam, digest=plan.digest).state == PlanState.APPLIED
    effect["replay"] = {"difference": "100"}
    assert not proposed(asked("pricing.markup", percent="1"), actor=sam).needs_second_person


def test_a_policy_made_stricter_meanwhile_holds(sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    effect = {"projects": 1, "users": 1, "keys": 1, "replay": {"difference": "5"}}
    monkeypatch.setattr("gencraft_media.daos.services.effect_of", lambda changes: effect)
    plan = proposed(MARKUP, actor=sam)
    save_settings(PlanPolicy, {"second_person_above": "4"}, actor=sam)
    with pytest.raises(ApprovalNeeded):
        apply_plan(plan, actor=sam, digest=plan.digest)


def test_what_was_proposed_in_nobodys_name_is_approved_by_nobody(sam: User) -> None:
    save_settings(PlanPolicy, {"second_person_above": "-1"}, actor=sam)
    plan = proposed(MARKUP)
    with pytest.raises(PermissionRefused, match="nobody's name"):
        approve_plan(plan, actor=sam)
    with pytest.raises(ApprovalNeeded):
        apply_plan(plan, actor=None, digest=plan.digest)


def test_a_plan_whose_rows_were_meddled_with_is_another_plan(sam: User) -> None:
    plan = proposed(MARKUP, actor=sam)
    ConfigurationPlan.objects.filter(pk=plan.pk).update(changes=[{**plan.changes[0], "after": "90"}])
    with pytest.raises(OtherPlan):
        apply_plan(plan, actor=sam, digest=plan.digest)
    assert not PricingSettings.objects.exists()


def test_who_met_an_outdated_or_expired_plan_is_in_the_audit(sam: User) -> None:
    stale, late = proposed(MARKUP, actor=sam), proposed(OFF, actor=sam)
    save_settings(PricingSettings, {"markup_percent": "3"}, actor=sam)
    ConfigurationPlan.objects.filter(pk=late.pk).update(confirm_until=database_now() - timedelta(seconds=1))
    for plan, refusal in ((stale, PlanOutdated), (late, PlanExpired)):
        with pytest.raises(refusal):
            apply_plan(plan, actor=sam, digest=plan.digest)
    told = AuditEntry.objects.filter(action="daos.refuse").order_by("pk").values_list("actor_label", "after__state")
    assert list(told) == [(str(sam), "stale"), (str(sam), "expired")]


def test_a_value_that_cannot_be_kept_is_refused_and_nothing_is_written(sam: User) -> None:
    plan = applied(MARKUP, asked("media.quality", quality="hd"), actor=sam)
    changes = [{**one, "before": "splendid"} if one["field"] == "quality" else one for one in plan.changes]
    ConfigurationPlan.objects.filter(pk=plan.pk).update(changes=changes)
    with pytest.raises(InvalidRequest):
        undo_plan(plan, actor=sam)
    assert value("billing.pricing", "global", "markup_percent") == "15"
    assert state_of(plan) == PlanState.APPLIED


def test_what_is_for_a_while_begins_when_it_is_applied() -> None:
    later = asked("pricing.price", model="flux/flux-pro", amount="0.04", **{"from": "2035-01-01"})
    load_rows()
    with pytest.raises(InvalidRequest) as refused:
        proposed(later, holds_for_s=3600)
    assert refused.value.errors[0].field == "actions.0.parameters.from"
    assert proposed(later).changes
    assert proposed(asked("pricing.price", model="flux/flux-pro", amount="0.04"), holds_for_s=3600).changes
