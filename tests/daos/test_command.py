"""`manage.py daos`."""

import io
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from gencraft_media.accounts.models import User
from gencraft_media.daos.models import ConfigurationPlan, PlanState
from tests.daos.asking import value

pytestmark = pytest.mark.django_db
SENTENCE = "Enable AI image generation for all projects"


def said(*arguments: str) -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("daos", *arguments, stdout=out)
    return out.getvalue()


def test_a_sentence_is_shown_and_changes_nothing() -> None:
    text = said(SENTENCE)
    assert "Pictures may be generated, for everybody: None -> True (availability)" in text
    assert "touches 0 projects" in text
    assert value("generation.media", "global", "enabled") is None


def test_a_sentence_is_applied_for_a_while_in_somebodys_name_and_undone(sam: User) -> None:
    assert "applied; undo it with" in said(SENTENCE, "--apply", "--for", "2d", "--as", str(sam.email))
    plan = ConfigurationPlan.objects.get()
    assert (plan.applied_by, plan.holds_for_s) == (sam, 2 * 86_400)
    assert plan.applied_at is not None
    assert plan.ends_at == plan.applied_at + timedelta(days=2)
    assert value("generation.media", "global", "enabled") is True
    assert said("--undo", str(plan.pk)) == "undone\n"
    assert ConfigurationPlan.objects.get().state == PlanState.UNDONE


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["Make everything purple"], "purple"),
        ([SENTENCE, "--for", "soon"], "--for takes"),
        ([SENTENCE, "--for", "1m", "--as", "nobody@example.com"], "nobody"),
        ([SENTENCE, "--for", "900w"], "holdsForSeconds"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        said(*arguments)
    assert not ConfigurationPlan.objects.filter(state=PlanState.APPLIED).exists()


def test_a_plan_that_was_shown_is_confirmed_by_its_id() -> None:
    plan_id = said(SENTENCE).split("--confirm ")[1].strip()
    assert "applied; undo it with" in said("--confirm", plan_id)
    assert value("generation.media", "global", "enabled") is True
    with pytest.raises(CommandError, match="applied"):
        said("--confirm", plan_id)
    with pytest.raises(CommandError, match="no such plan"):
        said("--undo", str(uuid.uuid4()))
