"""Plans for a while end by themselves, and proposals that nobody confirms are void."""

from datetime import timedelta

import pytest

from billing.models import PricingSettings
from gencraft_media.accounts.models import User
from gencraft_media.common.clock import database_now
from gencraft_media.common.errors import InvalidRequest
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.daos.expiry import end_due_plans
from gencraft_media.daos.grammar.times import LONGEST_S
from gencraft_media.daos.models import ConfigurationPlan, PlanState
from gencraft_media.daos.tasks import end_plans
from gencraft_media.generation.models import MediaSettings
from tests.daos.asking import applied, asked, proposed, value

pytestmark = pytest.mark.django_db
MARKUP = asked("pricing.markup", percent="15")
QUALITY = asked("media.quality", quality="hd", scope="plan:pro")


def over(plan: ConfigurationPlan) -> None:
    """Its time is over."""
    ConfigurationPlan.objects.filter(pk=plan.pk).update(ends_at=database_now() - timedelta(seconds=1))


def again(plan: ConfigurationPlan) -> ConfigurationPlan:
    """The plan as it is now."""
    return ConfigurationPlan.objects.get(pk=plan.pk)


def test_a_plan_for_two_days_ends_two_days_after_it_was_applied(sam: User) -> None:
    plan = again(applied(MARKUP, actor=sam, holds_for_s=2 * 86_400))
    assert plan.applied_at is not None
    assert plan.ends_at == plan.applied_at + timedelta(days=2)
    assert end_due_plans() == 0
    over(plan)
    end_plans()
    assert (again(plan).state, again(plan).undone_by, again(plan).note) == (PlanState.ENDED, None, "")
    assert value("billing.pricing", "global", "markup_percent") == "0"
    assert AuditEntry.objects.get(action="daos.end").actor_label == "engine"


def test_ending_twice_is_ending_once(sam: User) -> None:
    plan = applied(MARKUP, actor=sam, holds_for_s=60)
    over(plan)
    assert (end_due_plans(), end_due_plans()) == (1, 0)
    assert PricingSettings.objects.count() == 2


def test_what_was_changed_since_stays_and_the_plan_says_so(sam: User) -> None:
    plan = applied(MARKUP, QUALITY, actor=sam, holds_for_s=60)
    save_settings(PricingSettings, {"markup_percent": "20"}, actor=sam)
    over(plan)
    assert end_due_plans() == 1
    assert value("billing.pricing", "global", "markup_percent") == "20"
    assert value("generation.media", "plan:pro", "quality") is None
    assert "Markup in percent" in again(plan).note
    assert "Quality" not in again(plan).note


def test_a_plan_without_an_end_stays(sam: User) -> None:
    plan = applied(MARKUP, actor=sam)
    assert (plan.ends_at, end_due_plans()) == (None, 0)


def test_of_plans_that_end_together_the_one_applied_last_goes_first(sam: User) -> None:
    first = applied(MARKUP, actor=sam, holds_for_s=600)
    second = applied(asked("pricing.markup", percent="30"), actor=sam, holds_for_s=600)
    for plan in (first, second):
        over(plan)
    ConfigurationPlan.objects.filter(pk=first.pk).update(ends_at=database_now() - timedelta(seconds=2))
    assert end_due_plans() == 2
    assert value("billing.pricing", "global", "markup_percent") == "0"


def test_old_proposals_are_void(sam: User) -> None:
    plan = proposed(MARKUP, actor=sam)
    end_due_plans()
    assert again(plan).state == PlanState.PROPOSED
    ConfigurationPlan.objects.filter(pk=plan.pk).update(confirm_until=database_now() - timedelta(seconds=1))
    end_due_plans()
    assert again(plan).state == PlanState.EXPIRED


@pytest.mark.parametrize("span_s", [0, 59, LONGEST_S + 1])
def test_a_plan_holds_for_a_minute_to_a_year(span_s: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        proposed(MARKUP, holds_for_s=span_s)
    assert refused.value.errors[0].field == "holdsForSeconds"


def test_one_plan_that_cannot_be_ended_holds_up_no_other(sam: User) -> None:
    stuck, other = applied(QUALITY, actor=sam, holds_for_s=60), applied(MARKUP, actor=sam, holds_for_s=60)
    over(stuck)
    over(other)
    # No value that can be saved any more.
    ConfigurationPlan.objects.filter(pk=stuck.pk).update(changes=[{**stuck.changes[0], "before": "splendid"}])
    assert end_due_plans() == 1
    assert (again(stuck).state, again(other).state) == (PlanState.APPLIED, PlanState.ENDED)


def test_what_is_not_there_any_more_counts_as_changed(sam: User) -> None:
    plan = applied(QUALITY, MARKUP, actor=sam, holds_for_s=60)
    changes = [{**plan.changes[0], "store": "of.an.older.engine"}, plan.changes[1]]
    ConfigurationPlan.objects.filter(pk=plan.pk).update(changes=changes)
    over(plan)
    assert end_due_plans() == 1
    assert "Quality" in again(plan).note
    assert value("billing.pricing", "global", "markup_percent") == "0"


def test_an_ended_plan_leaves_scopes_that_never_said_anything_silent(sam: User) -> None:
    over(applied(QUALITY, actor=sam, holds_for_s=60))
    end_due_plans()
    assert not MediaSettings.objects.order_by("-version")[0].quality
