"""Users, groups and passwords on the site: by SuperAdmins, who prove again who they are, and written down."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from gencraft_media.accounts.models import Membership, Project, User
from gencraft_media.accounts.reauthentication import RECENT_S
from gencraft_media.common.models import AuditEntry
from tests.factories import add_member, make_project, make_super_admin, make_user
from tests.safety.people import PASSWORD
from tests.staff import staff_with

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "a-quiet-fjord-at-first-light"


@pytest.fixture
def sam() -> User:
    return make_super_admin()


@pytest.fixture
def client(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


def _later(client: Client) -> None:
    session = client.session
    session["identity_confirmed_at"] -= RECENT_S + 1
    session.save()


def _address(page: str, *arguments: Any) -> str:
    return reverse(f"admin:{page}", args=arguments)


def _change(client: Client, user: User, **said: Any) -> Any:
    form = {"email": user.email, "name": user.name, "is_active": "on", **said}
    return client.post(_address("accounts_user_change", user.pk), form)


def _audited(action: str) -> AuditEntry:
    return AuditEntry.objects.get(action=action)


def test_what_somebody_may_do_is_written_down_before_and_after(client: Client, sam: User) -> None:
    alice, support = make_user(), Group.objects.get(name="Support")
    assert _change(client, alice, is_staff="on", groups=[support.pk]).status_code == 302
    entry = _audited("accounts.change_user")
    assert (entry.actor_id, entry.target_id) == (sam.pk, str(alice.pk))
    assert entry.before == {"is_staff": False, "groups": []}
    assert entry.after == {"is_staff": True, "groups": ["Support"]}


def test_a_form_that_changes_nothing_is_not_written_down(client: Client) -> None:
    _change(client, make_user())
    assert not AuditEntry.objects.exists()


def test_people_who_are_added_and_deleted_are_written_down(client: Client) -> None:
    said = {"email": "sue@example.com", "name": "Sue", "usable_password": "true"}
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert client.post(_address("accounts_user_add"), {**said, **passwords}).status_code == 302
    sue = User.objects.get(email="sue@example.com")
    entry = _audited("accounts.add_user")
    assert entry.after is not None
    assert entry.after["email"] == "sue@example.com"
    assert NEW_PASSWORD not in str(entry.after)
    client.post(_address("accounts_user_delete", sue.pk), {"post": "yes"})
    assert _audited("accounts.delete_user").target_id == str(sue.pk)
    rows = [make_user("one"), make_user("two")]
    chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows], "post": "yes"}
    client.post(_address("accounts_user_changelist"), chosen)
    assert AuditEntry.objects.filter(action="accounts.delete_user").count() == 3


def test_a_password_set_for_somebody_is_written_down_without_it(client: Client) -> None:
    alice = make_user(password=PASSWORD)
    said = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    address = _address("auth_user_password_change", alice.pk)
    assert client.post(address, {**said, "set-password": "1"}).status_code == 302
    entry = _audited("accounts.set_password")
    assert entry.target_id == str(alice.pk)
    assert NEW_PASSWORD not in str((entry.before, entry.after))


def test_rights_of_a_group_are_written_down(client: Client) -> None:
    right = Permission.objects.get(codename="view_plan")
    client.post(_address("auth_group_add"), {"name": "Auditors", "permissions": [right.pk]})
    assert _audited("auth.add_group").after == {"name": "Auditors", "permissions": [str(right)]}


def test_members_are_written_down_wherever_they_are_changed(client: Client) -> None:
    project, bob = make_project(), make_user("bob")
    row = add_member(project, bob)
    said = {"project": project.pk, "user": bob.pk, "role": "editor"}
    client.post(_address("accounts_membership_change", row.pk), said)
    entry = _audited("accounts.change_membership")
    assert (entry.before, entry.after) == ({"role": "viewer"}, {"role": "editor"})
    owner = project.membership_set.exclude(pk=row.pk).get()
    rows = {
        "membership_set-TOTAL_FORMS": "2",
        "membership_set-INITIAL_FORMS": "2",
        **_row(0, owner),
        **_row(1, row, role="viewer"),
    }
    assert client.post(_address("accounts_project_change", project.pk), {"name": "Shop", **rows}).status_code == 302
    assert _audited("accounts.change_project").after == {"name": "Shop"}
    assert AuditEntry.objects.filter(action="accounts.change_membership").count() == 2
    rows = {**rows, **_row(1, row, DELETE="on")}
    client.post(_address("accounts_project_change", project.pk), {"name": "Shop", **rows})
    assert _audited("accounts.delete_membership").target_id == str(row.pk)


def _row(place: int, row: Membership, **said: Any) -> dict[str, Any]:
    values = {"id": row.pk, "project": row.project_id, "user": row.user_id, "role": row.role, **said}
    return {f"membership_set-{place}-{name}": value for name, value in values.items()}


@pytest.mark.parametrize("page", ["accounts_user_change", "auth_user_password_change", "accounts_user_delete"])
def test_whoever_logged_in_long_ago_is_asked_again_before_people_change(client: Client, page: str) -> None:
    alice = make_user()
    _later(client)
    answer = client.post(_address(page, alice.pk), {"post": "yes", "is_superuser": "on"})
    assert answer.status_code == 403
    assert "Confirm that it is you" in answer.content.decode()
    assert not User.objects.get(pk=alice.pk).is_superuser


def test_a_page_is_looked_at_without_being_asked(client: Client) -> None:
    _later(client)
    answer = client.get(_address("accounts_user_change", make_user().pk))
    assert "Confirm that it is you" not in answer.content.decode()


def test_no_group_lets_anybody_but_a_super_admin_change_people() -> None:
    stan = staff_with(
        *(f"accounts.{right}_user" for right in ("view", "add", "change", "delete")),
        *(f"auth.{right}_group" for right in ("view", "add", "change", "delete")),
    )
    client = Client()
    client.force_login(stan)
    assert client.get(_address("accounts_user_change", stan.pk)).status_code == 200
    assert _change(client, stan, is_superuser="on").status_code == 403
    operator = Group.objects.get(name="Operator")
    addresses = [
        _address("accounts_user_add"),
        _address("auth_user_password_change", make_super_admin("sue").pk),
        _address("accounts_user_delete", make_user().pk),
        _address("auth_group_add"),
        _address("auth_group_change", operator.pk),
    ]
    assert [client.post(address, {"post": "yes"}).status_code for address in addresses] == [403] * 5
    assert not User.objects.get(pk=stan.pk).is_superuser


def test_ones_own_password_is_changed_after_being_asked_again_and_written_down(client: Client, sam: User) -> None:
    address = _address("password_change")
    said = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    _later(client)
    assert client.post(address, said).status_code == 403
    assert User.objects.get(pk=sam.pk).check_password(PASSWORD)
    client.force_login(sam)
    assert client.post(address, said).status_code == 302
    assert User.objects.get(pk=sam.pk).check_password(NEW_PASSWORD)
    assert _audited("accounts.change_password").target_id == str(sam.pk)


@pytest.mark.parametrize("weak", ["short", "password1234", "129384756012"])
def test_a_weak_password_is_refused(client: Client, weak: str) -> None:
    said = {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    assert client.post(_address("password_change"), said).status_code == 200
    form = {"email": "sue@example.com", "password1": weak, "password2": weak, "usable_password": "true"}
    assert client.post(_address("accounts_user_add"), form).status_code == 200
    assert not Project.objects.exists()
    assert not User.objects.filter(email="sue@example.com").exists()


def test_other_sessions_end_with_the_old_password(client: Client, sam: User) -> None:
    other = Client()
    other.force_login(sam)
    said = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    client.post(_address("password_change"), said)
    assert client.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_an_open_session_ends_with_what_opened_it(client: Client, sam: User, change: dict[str, bool]) -> None:
    User.objects.filter(pk=sam.pk).update(**change)
    assert client.get("/admin/").status_code == 302
