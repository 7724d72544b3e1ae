"""Plans in the admin: to read. What they need is changed like other settings."""

import pytest
from django.test import Client
from django.urls import reverse

from gencraft_media.accounts.models import User
from gencraft_media.common.models import AuditEntry
from gencraft_media.common.settings_changes import newest_settings
from gencraft_media.daos.models import PlanPolicy
from tests.daos.asking import applied, asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


def test_plans_are_read_and_not_changed(browser: Client, sam: User) -> None:
    plan = applied(asked("pricing.markup", percent="15"), actor=sam)
    assert str(plan.pk) in browser.get(reverse("admin:daos_configurationplan_changelist")).content.decode()
    address = reverse("admin:daos_configurationplan_change", args=[plan.pk])
    assert plan.digest in browser.get(address).content.decode()
    assert browser.post(address, {"state": "proposed"}).status_code == 403
    assert browser.get(reverse("admin:daos_configurationplan_add")).status_code == 403


def test_the_policy_is_a_new_version_with_an_audit_entry(browser: Client, sam: User) -> None:
    address = reverse("admin:daos_planpolicy_add")
    answer = browser.post(address, {"second_person_above": "250", "reason": "four eyes"})
    assert answer.status_code == 302, answer.content.decode()
    row = newest_settings(PlanPolicy)
    assert (str(row.second_person_above), row.changed_by) == ("250.00", sam)
    assert AuditEntry.objects.get(action="settings.change").reason == "four eyes"
