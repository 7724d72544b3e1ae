"""Which projects a caller reaches."""

import uuid

import pytest

from gencraft_media.accounts.callers import Caller
from gencraft_media.accounts.models import Membership, Project, Role
from gencraft_media.accounts.selectors import project_for, visible_project_ids
from gencraft_media.accounts.services import external_user_for, put_member
from gencraft_media.common.clock import from_now
from gencraft_media.common.errors import Conflict, ObjectNotFound, PermissionRefused
from tests.factories import add_member, make_key, make_project, make_user

pytestmark = pytest.mark.django_db


def test_a_key_reaches_its_own_project_and_no_other_of_its_user() -> None:
    alice = make_user()
    project, other = make_project(alice), make_project(alice)
    caller = Caller.with_key(make_key(project)[0])
    assert project_for(caller, None, write=True) == project
    assert project_for(caller, project.pk, write=True) == project
    with pytest.raises(ObjectNotFound):
        project_for(caller, other.pk, write=False)
    assert list(visible_project_ids(caller)) == [project.pk]


def test_a_session_reaches_the_projects_of_its_memberships_the_oldest_first() -> None:
    alice, bob = make_user("alice"), make_user("bob")
    first, second = make_project(alice), make_project(bob)
    # SQLite's clock has milliseconds, and two projects may be of the same one.
    Project.objects.filter(pk=second.pk).update(created_at=from_now(1))
    add_member(second, alice, Role.EDITOR)
    caller = Caller.with_session(alice)
    assert project_for(caller, None, write=True) == first
    assert project_for(caller, second.pk, write=True) == second
    assert set(visible_project_ids(caller)) == {first.pk, second.pk}


def test_a_viewer_may_look_and_not_write() -> None:
    project, bob = make_project(), make_user("bob")
    add_member(project, bob, Role.VIEWER)
    caller = Caller.with_session(bob)
    assert project_for(caller, project.pk, write=False) == project
    with pytest.raises(PermissionRefused):
        project_for(caller, project.pk, write=True)


def test_a_key_writes_no_longer_once_its_user_was_made_a_viewer() -> None:
    project, bob = make_project(), make_user("bob")
    add_member(project, bob, Role.EDITOR)
    caller = Caller.with_key(make_key(project, bob)[0])
    assert project_for(caller, None, write=True) == project
    add_member(project, bob, Role.VIEWER)
    with pytest.raises(PermissionRefused):
        project_for(caller, None, write=True)


def test_strangers_and_unknown_ids_are_not_told_apart() -> None:
    caller = Caller.with_session(make_project(make_user("charlie")).owner)
    messages = set()
    for project_id in (make_project().pk, uuid.uuid4()):
        with pytest.raises(ObjectNotFound) as caught:
            project_for(caller, project_id, write=False)
        messages.add(caught.value.message)
    assert len(messages) == 1


def test_a_user_without_a_project_has_none() -> None:
    with pytest.raises(ObjectNotFound):
        project_for(Caller.with_session(make_user()), None, write=False)


def test_a_platform_key_reaches_the_projects_it_manages_and_only_with_the_scope() -> None:
    platform = make_user("platform")
    own = make_project(platform)
    managed = make_project(make_user("customer"), platform=platform, external_id="shop")
    with_scope = Caller.with_key(make_key(own, scopes=["generate", "read", "platform"])[0])
    assert project_for(with_scope, managed.pk, write=True) == managed
    assert set(visible_project_ids(with_scope)) == {own.pk, managed.pk}
    without = Caller.with_key(make_key(own)[0])
    with pytest.raises(ObjectNotFound):
        project_for(without, managed.pk, write=False)


def test_an_external_user_is_made_once_per_project() -> None:
    project, other = make_project(), make_project()
    first = external_user_for(project, "visitor-7")
    assert external_user_for(project, "visitor-7") == first
    assert external_user_for(other, "visitor-7") != first


def test_the_owner_keeps_the_role_of_owner() -> None:
    project = make_project()
    with pytest.raises(Conflict):
        put_member(project, project.owner, Role.VIEWER)
    assert Membership.objects.get(project=project).role == Role.OWNER
