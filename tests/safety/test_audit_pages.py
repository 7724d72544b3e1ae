"""Reading what people changed."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from gencraft_media.common.audit import record_audit
from gencraft_media.common.differences import Difference, changes_of
from gencraft_media.common.models import AuditEntry
from tests.factories import make_super_admin

pytestmark = pytest.mark.django_db
LIST = "/admin/common/auditentry/"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_super_admin())
    return client


@pytest.fixture
def entry() -> AuditEntry:
    sam = make_super_admin("sue")
    before, after = (
        {"markup": "10", "same": 1, "limits": {"day": 5}},
        {"markup": "12", "same": 1, "limits": {"day": -1}},
    )
    return record_audit(actor=sam, action="settings.change", target=sam, before=before, after=after, reason="a sale")


def test_a_difference_names_what_is_not_what_it_was() -> None:
    before = {"a": 1, "b": {"c": True, "d": "x"}, "gone": None}
    after = {"a": 1, "b": {"c": False, "d": "x"}, "new": [1, 2]}
    assert changes_of(before, after) == [
        Difference("b.c", "true", "false"),
        Difference("gone", "null", ""),
        Difference("new", "", "[1, 2]"),
    ]
    assert changes_of(None, {"a": "x"}) == [Difference("a", "", "x")]
    assert changes_of(None, None) == []


def test_the_list_says_who_changed_what(client: Client, entry: AuditEntry) -> None:
    page = client.get(LIST).content.decode()
    assert "limits.day, markup" in page
    assert entry.actor_label in page


def test_an_entry_shows_before_and_after(client: Client, entry: AuditEntry) -> None:
    page = client.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert ">10</del>" in page
    assert ">12</ins>" in page
    assert ">same</th>" not in page
    assert "a sale" in page


def test_what_an_entry_holds_is_text_to_its_page(client: Client) -> None:
    sam = make_super_admin("sue")
    entry = record_audit(actor=sam, action="x", target=sam, after={"<b>name": "<script>alert(1)</script>"})
    page = client.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert "<script>alert" not in page
    assert "<b>name" not in page


def test_the_list_can_be_narrowed(client: Client, entry: AuditEntry) -> None:
    assert f"{LIST}{entry.pk}/change/" in client.get(LIST + "?action=settings.change").content.decode()
    assert f"{LIST}{entry.pk}/change/" not in client.get(LIST + "?action=other").content.decode()


def test_no_page_changes_an_entry(client: Client, entry: AuditEntry) -> None:
    assert client.post(f"{LIST}{entry.pk}/change/", {"reason": "another"}).status_code == 403
    assert client.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert 'name="action"' not in client.get(LIST).content.decode()


def test_the_database_refuses_too(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(reason="another")
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()


def test_no_row_takes_the_place_of_an_entry(entry: AuditEntry) -> None:
    columns = ", ".join(field.column for field in AuditEntry._meta.concrete_fields)
    copy = f"INTO audit_entries ({columns}) SELECT {columns} FROM audit_entries WHERE true"
    statement = {
        "sqlite": f"INSERT OR REPLACE {copy}",
        "postgresql": f"INSERT {copy} ON CONFLICT (id) DO UPDATE SET reason = 'another'",
    }[connection.vendor]
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
