"""The first run's administrator, project, credits and key."""

import json
import stat
from pathlib import Path

import pytest
from pytest_django import Settings

from billing.accounts import account_of
from gencraft_media.accounts.keys import find_key
from gencraft_media.accounts.models import Project, User
from gencraft_media.console.first_run import FIRST_CREDITS, ensure_first_run, first_run_path
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_writes_the_log_in_for_the_owner_alone() -> None:
    made = ensure_first_run()
    path = first_run_path()
    assert made is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {
        "url": made.url,
        "adminEmail": made.adminEmail,
        "adminPassword": made.adminPassword,
        "apiKey": made.apiKey,
        "projectId": made.projectId,
    }


def test_what_it_wrote_opens_the_admin_and_the_api() -> None:
    made = ensure_first_run()
    assert made is not None
    admin = User.objects.get(email=made.adminEmail)
    assert admin.check_password(made.adminPassword)
    assert admin.is_superuser and admin.is_staff
    key = find_key(made.apiKey)
    assert key is not None
    assert str(key.project_id) == made.projectId
    assert sorted(key.scopes) == ["generate", "platform", "read"]


def test_the_project_is_on_the_enterprise_plan_with_its_credits() -> None:
    made = ensure_first_run()
    assert made is not None
    account = account_of(Project.objects.get(pk=made.projectId).owner_id)
    assert account.plan_id == "enterprise"
    assert account.available == FIRST_CREDITS


def test_a_second_run_makes_nothing_new() -> None:
    first = ensure_first_run()
    assert ensure_first_run() == first
    assert Project.objects.count() == User.objects.count() == 1


def test_a_lost_database_is_set_up_anew() -> None:
    first = ensure_first_run()
    User.objects.all().delete()
    second = ensure_first_run()
    assert first is not None and second is not None
    assert second.adminPassword != first.adminPassword
    assert json.loads(first_run_path().read_text())["adminPassword"] == second.adminPassword


def test_leaves_an_engine_alone_that_was_set_up_in_another_way() -> None:
    make_super_admin()
    assert ensure_first_run() is None
    assert not first_run_path().exists()
