"""Rows read by plain SQL: the same as by the ORM, with their relations, their locks and what else was asked."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import BooleanField, DateTimeField
from django.test.utils import CaptureQueriesContext

from gencraft_media.accounts.models import Membership, Project
from gencraft_media.common.clock import database_now
from gencraft_media.common.reading import Asked, Reading
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db
WITH_OWNER = Reading(Project, by=["id"], related=["owner"])


def test_a_row_is_read_as_the_orm_reads_it() -> None:
    project = make_project(make_user())
    read = WITH_OWNER.find(project.pk)
    assert read is not None
    known = Project.objects.select_related("owner").get()
    for field in Project._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(known, field.attname)
        assert type(getattr(read, field.attname)) is type(getattr(known, field.attname))
    assert not read._state.adding
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert (read.owner.email, read.owner.created_at) == (known.owner.email, known.owner.created_at)
    assert len(queries) == 0


def test_what_is_not_there_is_none() -> None:
    assert WITH_OWNER.find(uuid.uuid4()) is None
    assert WITH_OWNER.rows(uuid.uuid4()) == []


def test_a_relation_that_is_empty_is_none() -> None:
    project = make_project(make_user())
    assert project.platform is None
    with_platform = Reading(Project, by=["id"], related=["platform", "owner"]).find(project.pk)
    assert with_platform is not None
    with CaptureQueriesContext(connection) as queries:
        assert (with_platform.platform, with_platform.owner.pk) == (None, project.owner_id)
    assert len(queries) == 0


def test_rows_come_in_order_and_only_where_the_condition_holds() -> None:
    owner = make_user()
    names = [make_project(owner, name=name).name for name in ("b", "a", "c")]
    reading = Reading(Project, by=["owner"], order="projects.name", also="projects.name <> 'c' AND created_at <= {now}")
    assert sorted(names)[:2] == [project.name for project in reading.rows(owner.pk)]


def test_a_field_left_out_is_read_when_it_is_wanted() -> None:
    project = make_project(make_user(), name="kept back")
    read = Reading(Project, by=["id"], without=["name"]).find(project.pk)
    assert read is not None
    assert read.get_deferred_fields() == {"name"}
    assert read.name == "kept back"


def test_what_else_is_asked_comes_as_its_kind() -> None:
    project = make_project(make_user())
    asked = {
        "read_at": Asked("{now}", DateTimeField()),
        "is_old": Asked("projects.created_at < {now}", BooleanField()),
    }
    read = Reading(Project, by=["id"], asked=asked).find(project.pk)
    assert abs(vars(read)["read_at"] - database_now()) < timedelta(seconds=5)
    assert type(vars(read)["is_old"]) is bool


def test_a_lock_is_taken_on_the_row_that_was_named() -> None:
    if not connection.features.has_select_for_update:
        # SQLite locks the whole database when the transaction begins.
        return
    make_project(make_user())
    reading = Reading(Membership, by=["user"], related=["project"], lock="project")
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        reading.find(Membership.objects.values_list("user", flat=True)[0])
    assert queries[-1]["sql"].endswith('FOR NO KEY UPDATE OF "project"')


def test_only_foreign_keys_are_related() -> None:
    with pytest.raises(TypeError, match="no foreign key"):
        Reading(Project, by=["id"], related=["name"]).find(uuid.uuid4())
