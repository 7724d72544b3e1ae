"""Plans on top of one another: whichever is over first, what is left is what was there before them."""

from typing import Any

import pytest

from billing.models import PricingSettings
from gencraft_media.accounts.models import User
from gencraft_media.common.settings_changes import save_settings
from gencraft_media.daos.errors import UndoRefused
from gencraft_media.daos.expiry import end_due_plans
from gencraft_media.daos.models import PlanState
from gencraft_media.daos.services import undo_plan
from gencraft_media.generation.models import MediaSettings
from tests.daos.asking import applied, asked, proposed, value
from tests.daos.test_expiry import again, over

pytestmark = pytest.mark.django_db
QUALITY = asked("media.quality", quality="hd", scope="plan:pro")


def markup(percent: int) -> dict[str, Any]:
    return asked("pricing.markup", percent=str(percent))


def in_force() -> str:
    return str(value("billing.pricing", "global", "markup_percent"))


def test_the_older_of_two_is_not_undone_before_the_newer(sam: User) -> None:
    older, newer = applied(markup(15), QUALITY, actor=sam), applied(markup(30), actor=sam)
    with pytest.raises(UndoRefused):
        undo_plan(older, actor=sam)
    assert (in_force(), value("generation.media", "plan:pro", "quality")) == ("30", "hd")
    undo_plan(newer, actor=sam)
    assert in_force() == "15"
    undo_plan(older, actor=sam)
    assert (in_force(), value("generation.media", "plan:pro", "quality")) == ("0", None)


def test_plans_of_other_fields_are_undone_in_any_order(sam: User) -> None:
    older, newer = applied(markup(15), actor=sam), applied(asked("pricing.batch_discount_cap", percent="40"), actor=sam)
    undo_plan(older, actor=sam)
    undo_plan(newer, actor=sam)
    assert (in_force(), value("billing.pricing", "global", "batch_discount_cap")) == ("0", "0.25")


def test_a_short_plan_beneath_a_longer_one_does_not_come_back_with_its_end(sam: User) -> None:
    hour = applied(markup(15), actor=sam, holds_for_s=3600)
    day = applied(markup(30), actor=sam, holds_for_s=86_400)
    over(hour)
    assert end_due_plans() == 1
    assert (in_force(), again(hour).state) == ("30", PlanState.ENDED)
    over(day)
    assert end_due_plans() == 1
    assert in_force() == "0"
    assert "Markup in percent" in again(day).note


def test_the_same_of_three_and_when_a_person_undoes_the_last(sam: User) -> None:
    plans = [applied(markup(percent), actor=sam, holds_for_s=3600) for percent in (10, 20)]
    last = applied(markup(30), actor=sam)
    for plan in plans:
        over(plan)
    assert end_due_plans() == 2
    assert in_force() == "30"
    assert "beneath it was over" in undo_plan(last, actor=sam).note
    assert in_force() == "0"


def test_a_plan_that_was_over_before_is_no_plan_beneath(sam: User) -> None:
    over(applied(markup(15), actor=sam, holds_for_s=3600))
    end_due_plans()
    save_settings(PricingSettings, {"markup_percent": "15"}, actor=sam)
    plan = applied(markup(30), actor=sam)
    assert undo_plan(plan, actor=sam).note == ""
    assert in_force() == "15"


def test_other_values_of_a_plan_beneath_are_no_business_of_the_one_on_top(sam: User) -> None:
    beneath = applied(markup(15), QUALITY, actor=sam, holds_for_s=3600)
    top = applied(markup(30), actor=sam, holds_for_s=86_400)
    save_settings(MediaSettings, {"quality": "standard"}, scope="plan:pro", actor=sam)
    for plan in (beneath, top):
        over(plan)
        end_due_plans()
    assert (in_force(), value("generation.media", "plan:pro", "quality")) == ("0", "standard")


def test_what_is_so_for_a_while_only_is_said_when_it_is_asked_for(sam: User) -> None:
    hour = applied(markup(15), actor=sam, holds_for_s=3600)
    plan = proposed(markup(15), actor=sam)
    assert plan.changes == []
    [note] = [note for note in plan.notes if "only until" in note]
    assert str(hour.pk) in note
    undo_plan(hour, actor=sam)
    applied(markup(15), actor=sam)
    assert not [note for note in proposed(markup(15), actor=sam).notes if "only until" in note]


def test_a_value_that_a_later_plan_made_the_same_again_is_that_plans(sam: User) -> None:
    hour = applied(markup(15), actor=sam, holds_for_s=3600)
    for percent in (30, 15):
        applied(markup(percent), actor=sam)
    with pytest.raises(UndoRefused):
        undo_plan(hour, actor=sam)
    over(hour)
    end_due_plans()
    assert (in_force(), again(hour).state) == ("15", PlanState.ENDED)


def test_a_plan_goes_back_beneath_all_that_were_over_when_it_was_on_top(sam: User) -> None:
    first, second, third = (applied(markup(percent), actor=sam, holds_for_s=3600) for percent in (10, 20, 0))
    over(second)
    end_due_plans()
    last = applied(markup(10), actor=sam)
    over(third)
    end_due_plans()
    undo_plan(last, actor=sam)
    assert in_force() == "10"
    over(first)
    end_due_plans()
    assert in_force() == "0"
