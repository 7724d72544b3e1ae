"""Whom a plan touches."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.accounts import account_of
from gencraft_media.accounts.keys import revoke_key
from gencraft_media.accounts.models import Project
from gencraft_media.common.configuration import Change, Slot
from gencraft_media.daos.drafting import draft_of
from gencraft_media.daos.reach import Reach, reach_of
from tests.daos.asking import asked
from tests.daos.past_jobs import past_job
from tests.factories import add_member, make_key, make_project, make_user

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def pro() -> Project:
    """A project on the plan pro with two people, two keys and a revoked one."""
    made = make_project()
    account_of(made.owner_id, plan="pro")
    add_member(made, make_user("bob"))
    for name in ("one", "two", "three"):
        key, _ = make_key(made, name=name)
    revoke_key(key)
    return made


def reach(*actions: dict[str, object]) -> Reach:
    """Of the changes that actions mean."""
    return reach_of(draft_of(actions).changes)


def test_each_scope_touches_its_own(pro: Project) -> None:
    new, free = make_project(), make_project()
    account_of(free.owner_id)
    make_key(free)
    quality = {"quality": "hd"}
    assert reach(asked("media.quality", **quality)) == Reach(3, 4, 3)
    assert reach(asked("media.quality", **quality, scope="plan:pro")) == Reach(1, 2, 2)
    # Who has no account yet is on the free plan.
    assert reach(asked("media.quality", **quality, scope="plan:free")) == Reach(2, 2, 1)
    assert reach(asked("media.quality", **quality, scope=f"project:{new.pk}")) == Reach(1, 1, 0)
    assert reach(asked("quota.plan", plan="pro", outputs=1)) == Reach(1, 2, 2)
    assert reach(asked("pricing.markup", percent="1")) == Reach(3, 4, 3)


def test_several_changes_touch_each_project_once(pro: Project) -> None:
    free = make_project()
    scopes = ("plan:pro", f"project:{pro.pk}", f"project:{free.pk}")
    assert reach(*(asked("media.format", format="png", scope=scope) for scope in scopes)) == Reach(2, 3, 2)


def test_a_provider_or_model_touches_those_who_used_it_lately(pro: Project) -> None:
    other = make_project()
    past_job(pro)
    past_job(other, days_ago=31)
    past_job(other, model="flux-dev")
    assert reach(asked("model.enable", model="flux/flux-pro", enabled=False)) == Reach(1, 2, 2)
    assert reach(asked("provider.enable", provider="flux", enabled=False)).projects == 2
    assert reach(asked("provider.enable", provider="openai", enabled=False)) == Reach()
    assert reach(asked("pricing.price", model="flux/flux-pro", amount="1", operation="text-to-image")).projects == 1


def test_nothing_changed_touches_nobody(pro: Project) -> None:
    assert reach(asked("pricing.markup", percent="0")) == Reach()


def test_it_is_counted_in_three_questions_however_many_projects_there_are(pro: Project) -> None:
    changes = draft_of(
        [asked("media.format", format="png", scope=f"project:{make_project().pk}") for _ in range(9)]
    ).changes
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert reach_of(changes).projects == 9
    assert len(queries) == 3


def test_thousands_of_named_projects_are_counted_too(pro: Project) -> None:
    rows = [f"project:{uuid.uuid4()}" for _ in range(1_500)] + [f"project:{pro.pk}"]
    changes = [Change(Slot("generation.media", row, "enabled"), False, None, "") for row in rows]
    assert reach_of(changes).projects == 1
