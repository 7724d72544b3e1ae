"""Actions: one name, one permission, one function."""

import os
import subprocess
import sys
from typing import Any

import pytest

from gencraft_media.common import actions
from gencraft_media.common.actions import Action, perform, register_action
from gencraft_media.common.errors import ObjectNotFound, PermissionRefused
from tests.factories import make_super_admin, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def rename(monkeypatch: pytest.MonkeyPatch) -> Action:
    """An action in a registry of its own."""
    monkeypatch.setattr(actions, "_ACTIONS", {})
    done: Any = lambda *, actor, name: (actor, name)  # noqa: E731
    return register_action(Action("project.rename", "Rename", "accounts.change_project", done))


def test_an_action_runs_for_whoever_may(rename: Action) -> None:
    sam = make_super_admin()
    assert perform("project.rename", actor=sam, name="B") == (sam, "B")
    assert actions.actions() == [rename]


def test_an_action_is_refused_without_its_permission(rename: Action) -> None:
    with pytest.raises(PermissionRefused, match=r"accounts\.change_project"):
        perform("project.rename", actor=make_user("charlie"), name="B")


def test_an_unknown_action_is_not_found(rename: Action) -> None:
    with pytest.raises(ObjectNotFound):
        perform("project.explode", actor=make_super_admin())


def test_a_name_is_registered_once(rename: Action) -> None:
    with pytest.raises(ValueError, match="twice"):
        register_action(rename)


def test_what_operators_do_is_known_to_every_process() -> None:
    """In a process of its own: here, tests have imported what registers them."""
    code = (
        "import django; django.setup(); from gencraft_media.common.actions import actions; "
        "print(*(action.name for action in actions()))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    known = set(said.stdout.split())
    assert {"job.retry", "job.cancel", "attempt.resolve_unknown", "circuit.open", "webhook.replay"} <= known
