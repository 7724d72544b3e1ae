"""What the database itself refuses, whoever asks: changes of append-only tables."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from gencraft_media.common.audit import record_audit
from gencraft_media.common.migration_operations import AppendOnly, DatabaseOnDelete
from gencraft_media.common.models import AuditEntry, DomainEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> AuditEntry:
    target = SimpleNamespace(_meta=SimpleNamespace(label_lower="tests.thing"), pk="7")
    return record_audit(actor=None, action="thing.change", target=target, before={"size": 1}, after={"size": 2})


@pytest.fixture
def apply() -> Callable[[AppendOnly | DatabaseOnDelete], None]:
    def run(operation: AppendOnly | DatabaseOnDelete, *, backwards: bool = False) -> None:
        # SQLite's schema editor wants foreign keys off, which no transaction allows: an unmanaged one will do.
        editor = connection.SchemaEditorClass(connection, atomic=False)
        editor.deferred_sql = []
        move = operation.database_backwards if backwards else operation.database_forwards
        move("tests", editor, None, None)  # type: ignore[arg-type]

    return run


def test_an_audit_entry_cannot_be_changed(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError, match="audit_entries is append-only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(actor_label="nobody")
    entry.refresh_from_db()
    assert entry.actor_label == "engine"


def test_an_audit_entry_cannot_be_deleted(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError, match="audit_entries is append-only"), transaction.atomic():
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_a_null_in_an_audit_entry_cannot_be_filled_later(entry: AuditEntry) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(actor_id__isnull=True).update(actor_id="7e8a0f0e-31f2-4a4e-9c3c-111111111111")


def test_allowed_columns_may_change_and_no_other(apply: Callable[..., None]) -> None:
    apply(AppendOnly("domain_events", allow_update_columns=("project_number",)))
    event = DomainEvent.objects.create(
        subject_kind="thing", subject_id="7e8a0f0e-31f2-4a4e-9c3c-111111111111", number=1, type="thing.made"
    )
    DomainEvent.objects.filter(pk=event.pk).update(project_number=9)
    event.refresh_from_db()
    assert event.project_number == 9
    with pytest.raises(IntegrityError), transaction.atomic():
        DomainEvent.objects.filter(pk=event.pk).update(project_number=10, type="thing.lost")
    with pytest.raises(IntegrityError), transaction.atomic():
        DomainEvent.objects.filter(pk=event.pk).delete()


def test_append_only_may_be_applied_again_and_taken_back(apply: Callable[..., None], entry: AuditEntry) -> None:
    operation = AppendOnly("audit_entries")
    apply(operation)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(reason="again")
    apply(operation, backwards=True)
    assert AuditEntry.objects.filter(pk=entry.pk).update(reason="taken back") == 1


def test_an_unknown_on_delete_action_is_refused() -> None:
    with pytest.raises(ValueError, match="SET DEFAULT"):
        DatabaseOnDelete("media_assets", "user_id", "SET DEFAULT")  # type: ignore[arg-type]


@pytest.mark.services
def test_on_delete_names_a_column_without_a_foreign_key(apply: Callable[..., None]) -> None:
    with pytest.raises(LookupError, match=r"audit_entries\.action has no foreign key"):
        apply(DatabaseOnDelete("audit_entries", "action", "CASCADE"))


@pytest.mark.services
def test_on_delete_is_taken_back_to_no_action(apply: Callable[..., None]) -> None:
    operation = DatabaseOnDelete("media_assets", "user_id", "CASCADE")
    assert _on_delete() == "c"
    apply(operation, backwards=True)
    assert _on_delete() == "a"


def _on_delete() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT confdeltype FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY(conkey)"
            " WHERE contype = 'f' AND conrelid = 'media_assets'::regclass AND attname = 'user_id'"
        )
        action: str = cursor.fetchone()[0]
    return action


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("run", ["first", "second"])
def test_emptying_the_database_between_tests_passes_and_keeps_the_triggers(entry: AuditEntry, run: str) -> None:
    assert AuditEntry.objects.count() == 1, run
    with pytest.raises(IntegrityError):
        AuditEntry.objects.all().delete()
