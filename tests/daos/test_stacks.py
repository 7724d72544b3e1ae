"""Plans about one value, applied and over in any order: in force is what the last one that is not over made it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from gencraft_media.daos.errors import UndoRefused
from gencraft_media.daos.expiry import end_due_plans
from gencraft_media.daos.models import ConfigurationPlan
from gencraft_media.daos.services import undo_plan
from tests.daos.asking import applied, asked, value
from tests.daos.test_expiry import over

pytestmark = pytest.mark.django_db
# Few values, so that one comes back in a later plan; and which plan is over next.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("apply"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("over"), st.integers(0, 5), st.just(False)),
    ),
    min_size=3,
    max_size=14,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What plans would do to money is told elsewhere."""
    monkeypatch.setattr("gencraft_media.daos.services.effect_of", lambda changes: {"replay": {"difference": "0"}})


class TestAnyStack(TestCase):
    """Some for a while, some until they are undone."""

    @bounded(max_examples=40, deadline=None)
    @given(STEPS)
    def test_what_is_in_force_is_the_last_ones_that_is_not_over(self, steps: list[tuple[str, int, bool]]) -> None:
        live: list[ConfigurationPlan] = []
        for step, number, for_a_while in steps:
            if step == "apply":
                plan = applied(asked("pricing.markup", percent=str(number)), holds_for_s=3600 if for_a_while else None)
                live += [plan] if plan.changes else []
            elif live:
                self._end(live, live[number % len(live)])
            assert in_force() == (live[-1].changes[0]["after"] if live else "0")
        while live:
            self._end(live, live[-1])
        assert in_force() == "0"

    def _end(self, live: list[ConfigurationPlan], plan: ConfigurationPlan) -> None:
        if plan.holds_for_s is not None:
            over(plan)
            assert end_due_plans() == 1
        elif plan is live[-1]:
            undo_plan(plan, actor=None)
        else:
            with pytest.raises(UndoRefused):
                undo_plan(plan, actor=None)
            return
        live.remove(plan)


def in_force() -> Any:
    return value("billing.pricing", "global", "markup_percent")
