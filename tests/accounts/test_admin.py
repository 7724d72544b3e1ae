"""Users, projects and keys in the admin."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from gencraft_media.accounts.keys import find_key
from gencraft_media.accounts.models import ApiKey, Membership, Project, Role, User
from gencraft_media.common.audit import record_audit
from gencraft_media.common.models import AuditEntry
from tests.factories import make_key, make_project, make_super_admin, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(client: Any) -> Any:
    client.force_login(make_super_admin())
    return client


def _add_key(sam: Any, project: Project, user: User) -> Any:
    body = {"project": project.pk, "user": user.pk, "name": "default", "scopes": ["read"], "expires_at_0": ""}
    return sam.post(reverse("admin:accounts_apikey_add"), body)


@pytest.mark.parametrize("model", ["user", "project", "membership", "apikey"])
def test_every_list_and_form_opens(sam: Any, model: str) -> None:
    make_key()
    for page in ("changelist", "add"):
        assert sam.get(reverse(f"admin:accounts_{model}_{page}")).status_code == 200
    row = {"user": User, "project": Project, "membership": Membership, "apikey": ApiKey}[model].objects.first()  # type: ignore[attr-defined]
    assert sam.get(reverse(f"admin:accounts_{model}_change", args=[row.pk])).status_code == 200


def test_a_key_made_in_the_admin_is_shown_once_and_kept_nowhere(sam: Any) -> None:
    project = make_project()
    answer = _add_key(sam, project, project.owner)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    token = answer.context["token"]
    assert answer.content.decode().count(token) == 1
    key = find_key(token)
    assert key is not None
    assert key.scopes == ["read"]
    assert token not in str(answer.cookies) + str(list(get_messages(answer.wsgi_request)))
    assert token not in sam.get(reverse("admin:accounts_apikey_change", args=[key.pk])).content.decode()
    assert token not in sam.get(reverse("admin:accounts_apikey_changelist")).content.decode()
    assert AuditEntry.objects.get(action="accounts.issue_key").actor_label.startswith("sam")


def test_a_key_is_for_members_and_two_of_a_name_are_the_most(sam: Any) -> None:
    project = make_project()
    assert b"must be a member" in _add_key(sam, project, make_user("charlie")).content
    make_key(project)
    make_key(project)
    assert b"Two live keys" in _add_key(sam, project, project.owner).content
    assert ApiKey.objects.count() == 2


def test_keys_are_revoked_by_the_action_and_never_changed_or_deleted(sam: Any) -> None:
    key, token = make_key()
    body = {"action": "revoke_keys", "_selected_action": [str(key.pk)]}
    assert sam.post(reverse("admin:accounts_apikey_changelist"), body).status_code == 302
    assert find_key(token) is None
    assert sam.post(reverse("admin:accounts_apikey_change", args=[key.pk]), {"name": "x"}).status_code == 403
    assert sam.post(reverse("admin:accounts_apikey_delete", args=[key.pk]), {"post": "yes"}).status_code == 403


def test_a_project_made_in_the_admin_has_its_owner_as_member(sam: Any) -> None:
    alice = make_user()
    body = {
        "name": "Site", "owner": alice.pk, "membership_set-TOTAL_FORMS": "0", "membership_set-INITIAL_FORMS": "0",
    }  # fmt: skip
    assert sam.post(reverse("admin:accounts_project_add"), body).status_code == 302
    assert Membership.objects.get(user=alice).role == Role.OWNER


def test_two_people_without_an_external_id_can_both_be_saved(sam: Any) -> None:
    for user in (make_user("alice"), make_user("bob")):
        body = {"email": user.email, "name": "Renamed", "external_id": "", "is_active": "on"}
        answer = sam.post(reverse("admin:accounts_user_change", args=[user.pk]), body)
        assert answer.status_code == 302, answer.context["errors"]
    assert User.objects.filter(name="Renamed", external_id__isnull=True).count() == 2


def test_a_user_is_added_by_address_and_password(sam: Any) -> None:
    body = {
        "email": "new@example.com", "name": "New", "password1": "long enough 77", "password2": "long enough 77",
        "usable_password": "true",
    }  # fmt: skip
    assert sam.post(reverse("admin:accounts_user_add"), body).status_code == 302
    assert User.objects.get(email="new@example.com").check_password("long enough 77")


def test_audit_entries_and_events_are_there_to_read_and_no_more(sam: Any) -> None:
    entry = record_audit(actor=None, action="test.look", target=make_user())
    for model in ("auditentry", "domainevent"):
        assert sam.get(reverse(f"admin:common_{model}_changelist")).status_code == 200
        assert sam.get(reverse(f"admin:common_{model}_add")).status_code == 403
    assert b"test.look" in sam.get(reverse("admin:common_auditentry_change", args=[entry.pk])).content
    assert sam.post(reverse("admin:common_auditentry_change", args=[entry.pk]), {}).status_code == 403
    assert sam.post(reverse("admin:common_auditentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403


def test_what_staff_may_not_choose_stays_there_for_super_admins(sam: Any) -> None:
    def scopes(client: Any) -> list[str]:
        form = client.get(reverse("admin:accounts_apikey_add")).context["adminform"].form
        return [value for value, _ in form.fields["scopes"].choices]

    staff = make_user("staff", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__model="apikey"))
    client = Client()
    client.force_login(staff)
    assert "admin" not in scopes(client)
    assert "admin" in scopes(sam)
