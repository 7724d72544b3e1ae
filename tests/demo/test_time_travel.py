"""Being in the past, for this connection and this block alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models.functions import Now

from gencraft_media.accounts.models import Project, User
from gencraft_media.common.clock import database_now, from_now
from gencraft_media.common.rows import insert_rows, update_row
from gencraft_media.console.demo.time_travel import Clock, travelling
from tests.factories import make_user

pytestmark = pytest.mark.django_db
THEN = datetime(2024, 2, 29, 23, 59, 58, 250_000, tzinfo=UTC)


def test_the_database_says_what_the_clock_says() -> None:
    with travelling(Clock(THEN)) as clock:
        assert database_now() == THEN
        clock.advance(2)
        assert database_now() == THEN + timedelta(seconds=2)
    assert database_now().year > 2024


def test_rows_are_dated_by_the_clock_however_they_are_written() -> None:
    owner = make_user()
    with travelling(Clock(THEN)):
        rows = [Project.objects.create(owner=owner, name="one"), Project(owner=owner, name="two")]
        insert_rows(rows[1:])
        Project.objects.bulk_create([Project(owner=owner, name="three")])
        User.objects.filter(pk=owner.pk).update(last_login=Now())
        update_row(Project, rows[0].pk, {"created_at": from_now(60)})
    found = dict(Project.objects.values_list("name", "created_at"))
    assert found == {"one": THEN + timedelta(minutes=1), "two": THEN, "three": THEN}
    assert User.objects.get(pk=owner.pk).last_login == THEN


def test_conditions_on_the_present_are_met_in_the_past() -> None:
    owner = make_user()
    with travelling(Clock(THEN)) as clock:
        Project.objects.create(owner=owner, name="one")
        assert Project.objects.filter(created_at__lte=Now()).exists()
        clock.advance(-1)
        assert not Project.objects.filter(created_at__lte=Now()).exists()


def test_the_present_comes_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), travelling(Clock(THEN)):
        _ = 1 / 0
    assert database_now().year > 2024
    assert Project.objects.create(owner=make_user(), name="now").created_at != THEN
